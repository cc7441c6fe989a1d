import ArgumentParser
import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections
import SwiftWorker
import Testing

@testable import WorkerCommands

/// `call`: which task, and where it goes.
@Suite struct CallTests {
    private let now = Instant(secondsSince1970: 1_800_000_000)

    private func task(_ arguments: [String], offset: Int = 0) throws -> OutgoingTask {
        let options = try CallingOptions.parse(arguments)
        return try options.task("t.add", id: "id", origin: "gen1@h", now: now, utcOffset: { _ in offset })
    }

    private func header(_ name: String, _ task: OutgoingTask) throws -> FieldValue? {
        try task.message(exchange: "", routingKey: "q", now: now).properties.headers?[name]
    }

    @Test func argumentsAreJSON() throws {
        let task = try task(["-a", "[1, \"x\"]", "--kwargs", "{\"k\": null}"])
        let message = try task.message(exchange: "", routingKey: "q", now: now)
        let body = try JSONValue(parsing: message.body)
        #expect(body[0] == [1, "x"] && body[1] == ["k": .null])
        #expect(message.properties.replyTo == "" && message.properties.correlationID == "id")
        #expect(message.properties.deliveryMode == 2 && message.isMandatory)
        #expect(try header("origin", task) == .string("gen1@h"))
    }

    @Test(arguments: [
        (["--countdown", "60"], 0, 60), (["--eta", "2027-01-15T08:01:00+00:00"], 0, 60),
        (["--eta", "2027-01-15T08:01:00Z"], 7200, 60), (["--eta", "2027-01-15T10:01:00"], 7200, 60),
        (["--countdown=-5"], 0, -5), (["--eta", "2027-01-15"], 0, -28_800),
    ])
    func etas(arguments: [String], offset: Int, seconds: Int) throws {
        #expect(try task(arguments, offset: offset).eta == now + .seconds(seconds))
    }

    @Test func expiries() throws {
        #expect(try task(["--expires", "30"]).expires == now + .seconds(30))
        #expect(try task(["--expires", "2027-01-15T08:00:30Z"]).expires == now + .seconds(30))
        #expect(try task([]).expires == nil)
        #expect(try task([]).eta == nil)
    }

    @Test(arguments: [
        (["--args", "{}"], "--args: expected an array"), (["-k", "[]"], "--kwargs: expected an object"),
        (["-a", "[1"], "--args: "), (["--eta", "soon"], "--eta: expected a time"),
        (["--expires", "nan"], "--expires: expected seconds"),
        (["--countdown", "inf"], "--countdown: expected seconds"),
        (["--serializer", "pickle"], "--serializer: only json"),
    ])
    func mistakesAreUsageErrors(arguments: [String], message: String) throws {
        let error = #expect(throws: StartError.self) { try task(arguments) }
        #expect(error?.exitCode == 2)
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }

    private func settings() -> Settings {
        var settings = Settings()
        settings.taskRoutes = [
            RouteSettings(pattern: "video.*", queue: "processing_cpu"),
            RouteSettings(pattern: "out.*", exchange: "uploads", routingKey: "out"),
        ]
        return settings
    }

    @Test(
        arguments: [
            ("t.add", [], "", "celery", "celery"), ("video.trim", [], "", "processing_cpu", "processing_cpu"),
            ("video.trim", ["--queue", "extra"], "", "extra", "extra"), ("out.x", [], "uploads", "out", nil),
            ("t.add", ["--exchange", "e", "--routing-key", "k"], "e", "k", nil),
            ("t.add", ["--exchange", "e"], "e", "celery", nil),
            ("t.add", ["--exchange", "e", "--routing-key", "k", "--queue", "q"], "e", "k", "q"),
        ] as [(String, [String], String, String, String?)]
    )
    func routes(task: String, arguments: [String], exchange: String, key: String, queue: String?) throws {
        let route = try RoutingOptions.parse(arguments).route(of: task, settings())
        #expect(route.route == MessageRoute(exchange: exchange, routingKey: key))
        #expect(route.queue?.queue.name == queue)
    }
}
