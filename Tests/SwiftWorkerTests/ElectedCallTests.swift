import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections
import Testing

@testable import SwiftWorker

/// What the winner of an election publishes.
@Suite struct ElectedCallTests {
    /// 2023-11-14T22:13:20+00:00.
    private static let now = Instant(secondsSince1970: 1_700_000_000)

    private func message(_ options: JSONObject) throws -> OutgoingMessage {
        var settings = Settings()
        settings.taskDefaultQueue = "work"
        let action: JSONValue = ["task": "tasks.add", "args": [1, 2], "kwargs": [:], "options": .object(options)]
        return try ElectedCall(action).message(settings, origin: "w@h", now: Self.now)
    }

    @Test(
        arguments: [
            ([:], nil, nil),
            (["countdown": 60], "2023-11-14T22:14:20+00:00", nil),
            (["countdown": 0.5, "eta": "2030-01-01T00:00:00+00:00"], "2023-11-14T22:13:20.500000+00:00", nil),
            (["countdown": 0, "eta": "2030-01-01T00:00:00"], "2030-01-01T00:00:00+00:00", nil),
            (["countdown": .null, "expires": 30], nil, "2023-11-14T22:13:50+00:00"),
            (["expires": "2030-01-01T00:00:00+00:00"], nil, "2030-01-01T00:00:00+00:00"),
        ] as [(JSONObject, String?, String?)]
    )
    func times(_ options: JSONObject, _ eta: String?, _ expires: String?) throws {
        let headers = try message(options).properties.headers
        #expect(headers?["eta"]?.string == eta)
        #expect(headers?["expires"]?.string == expires)
    }

    @Test(
        arguments: [
            ([:], "", "work"),
            (["queue": "q"], "", "q"),
            (["queue": "q", "routing_key": "k"], "", "q"),
            (["exchange": "x", "routing_key": "k"], "x", "k"),
            (["exchange": "x"], "x", "work"),
            (["exchange": "x", "queue": "q"], "x", "q"),
            (["exchange": ""], "", "work"),
        ] as [(JSONObject, String, String)]
    )
    func routes(_ options: JSONObject, _ exchange: String, _ routingKey: String) throws {
        let message = try message(options)
        #expect(message.exchange == exchange)
        #expect(message.routingKey == routingKey)
    }

    @Test func whatElseCounts() throws {
        let message = try message(["task_id": "id-1", "priority": 7, "expires": 30, "link": [], "chain": .null])
        #expect(message.properties.correlationID == "id-1")
        #expect(message.properties.priority == 7)
        #expect(message.properties.expiration == "30000")
        let options: JSONValue = ["time_limit": 5, "queue": "q", "shadow": "s", "link": []]
        let call = try ElectedCall(["task": "t", "options": options])
        #expect(call.ignored == ["shadow", "time_limit"])
    }

    @Test(
        arguments: [
            [:], ["task": "celery.chain", "subtask_type": "chain"], ["task": "celery.group", "subtask_type": "group"],
            ["task": "t", "options": ["link": [["task": "u"]]]], ["task": "t", "options": ["link": ["task": "u"]]],
            ["task": "t", "options": ["link_error": [["task": "u"]]]],
            ["task": "t", "options": ["chord": ["task": "u"]]],
        ] as [JSONValue]
    )
    func refused(_ action: JSONValue) {
        #expect(throws: ProtocolError.self) { try ElectedCall(action) }
    }

    @Test(
        arguments: [
            ["countdown": "soon"], ["countdown": 1e12], ["countdown": -1e300], ["eta": "tomorrow"], ["eta": 5],
            ["expires": [:]], ["priority": 256], ["priority": -1], ["priority": "high"], ["queue": 5],
            ["exchange": ["name": "x"]], ["routing_key": 1], ["task_id": 1],
        ] as [JSONObject]
    )
    func optionsWithoutSense(_ options: JSONObject) {
        #expect(throws: ProtocolError.self) { try message(options) }
    }
}
