import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections
import Testing

@testable import SwiftWorker

/// What follows from revoking, and what of it outlives a restart.
@Suite struct RevocationTests {
    private let now = ContinuousClock.now
    private let wall = Instant(secondsSince1970: 1_800_000_000.25)

    private func headers(_ id: String, _ stamps: FieldTable = [:], names: [String]? = nil) -> TaskHeaders {
        var headers = TaskHeaders(task: "t", id: id)
        headers.stamps = stamps
        headers.stampedHeaders = names ?? stamps.entries.map(\.name)
        return headers
    }

    private var tasks: [Revocations.KnownTask] {
        [
            Revocations.KnownTask(headers: headers("run", ["tenant": .array(["a", "b"])]), isRunning: true),
            Revocations.KnownTask(headers: headers("wait", ["tenant": "a"]), isRunning: false),
            Revocations.KnownTask(headers: headers("other", ["tenant": "c"]), isRunning: true),
        ]
    }

    private func revoke(
        _ revocations: inout Revocations,
        _ ids: [String],
        terminates: Bool = false,
        _ signal: JSONValue = .null
    )
        -> Revocations.Effects
    {
        let command = ControlRevocation(ids: ids, terminates: terminates, signal: signal)
        revocations.add(command, at: now)
        return Revocations.effects(of: command, known: tasks.filter { ids.contains($0.headers.id) })
    }

    private func revoke(_ revocations: inout Revocations, _ command: ControlStampRevocation) -> Revocations.Effects {
        revocations.add(command)
        return Revocations.effects(of: command, known: tasks)
    }

    @Test func byID() {
        var revocations = Revocations()
        let effects = revoke(&revocations, ["run", "wait", "unknown"])
        #expect(effects.store == ["wait", "unknown"])
        #expect(effects.discard == ["wait"])
        #expect(effects.terminate == [])
        #expect(effects.reply == ["ok": "tasks {'run', 'wait', 'unknown'} flagged as revoked"])
        for id in ["run", "wait", "unknown"] { #expect(revocations.reason(for: headers(id)) == .id) }
        #expect(revocations.reason(for: headers("else")) == nil)
    }

    @Test func withTermination() {
        var revocations = Revocations()
        let effects = revoke(&revocations, ["run", "wait", "unknown"], terminates: true, "KILL")
        #expect(effects.terminate == [Revocations.Effects.Termination(id: "run", signal: 9)])
        #expect(effects.discard == ["wait"])
        #expect(effects.reply == ["ok": "terminate: run, wait"])
        #expect(revoke(&revocations, ["unknown"], terminates: true).reply == ["ok": "terminate: tasks unknown"])
    }

    @Test func aBadSignalEndsNothingButRevokes() {
        var revocations = Revocations()
        let effects = revoke(&revocations, ["run"], terminates: true, "nonsense")
        #expect(effects.terminate == [])
        #expect(effects.reply == ["error": "TypeError('signal name must be uppercase string.')"])
        #expect(revocations.reason(for: headers("run")) == .id)
    }

    @Test func byStamp() {
        var revocations = Revocations()
        let effects = revoke(&revocations, ControlStampRevocation(headers: ["tenant": ["a", "z"]]))
        #expect(effects.discard == ["wait"])
        #expect(effects.terminate == [])
        #expect(effects.reply == ["ok": "headers {'tenant': ['a', 'z']} flagged as revoked, but not terminated"])
        let reason = revocations.reason(for: headers("later", ["tenant": .array(["x", "z"])]))
        #expect(reason?.remark == " (revoked by header: {'tenant': 'z'})")
    }

    @Test func byStampWithTermination() {
        var revocations = Revocations()
        let command = ControlStampRevocation(headers: ["tenant": "b"], terminates: true, signal: 10)
        let effects = revoke(&revocations, command)
        #expect(effects.terminate == [Revocations.Effects.Termination(id: "run", signal: 10)])
        #expect(effects.reply == ["ok": "headers defaultdict(<class 'set'>, {'tenant': {'b'}}) revoked"])
        let nobody = ControlStampRevocation(headers: ["tenant": "z"], terminates: true)
        #expect(revoke(&revocations, nobody).reply == ["ok": "headers {'tenant': 'z'} were not terminated"])
        // What was revoked before is not what this command is about.
        #expect(revoke(&revocations, nobody).terminate == [])
    }

    @Test(
        arguments: [
            (["k": "v"], ["k"], true), (["k": "v"], [], false), (["k": "other"], ["k"], false),
            (["k": .void], ["k"], false),
            (["k": .array(["x", "v"])], ["k"], true), (["k": .array([])], ["k"], false),
            (["k": .bytes([0x76])], ["k"], true),
            (["n": .int64(5)], ["n"], true), (["n": .int32(5)], ["k", "n"], true), (["n": "5"], ["n"], false),
            ([:], ["k"], false),
        ] as [(FieldTable, [String], Bool)]
    )
    func stampsMatchByAnyValue(_ stamps: FieldTable, _ names: [String], _ expected: Bool) {
        var revoked = RevokedStamps()
        revoked.add("k", "v")
        revoked.add("n", 5)
        #expect((revoked.match(headers("i", stamps, names: names)) != nil) == expected)
    }

    @Test(
        arguments: [
            (1, "ab", "b"), (2, "abac", "bc"), (2, "abcab", "ab"), (3, "aabbcc", "abc"), (3, "abcdcde", "cde"),
            (0, "ab", "b"),
        ]
    )
    func stampsAreBounded(_ maximum: Int, _ values: String, _ expected: String) {
        var revoked = RevokedStamps(maximum: maximum)
        for value in values { revoked.add("k", .string(String(value))) }
        #expect(revoked.stamps.map(\.value) == expected.map { JSONValue.string(String($0)) })
        for value in "abcde" {
            let isRevoked = revoked.match(headers("i", ["k": .string(String(value))])) != nil
            #expect(isRevoked == expected.contains(value))
        }
    }

    @Test func pausesAreByPattern() {
        var pauses = Pauses()
        #expect(pauses.pause(ofTask: "video.cut") == nil)
        #expect(pauses.add(Pause(.task, "video.*", since: wall, reason: "disk full")) == true)
        #expect(pauses.add(Pause(.task, "video.*", since: wall + .seconds(1))) == true)
        #expect(pauses.add(Pause(.queue, "slow", since: wall)) == true)
        #expect(pauses.all.count == 2)
        #expect(pauses.pause(ofTask: "video.cut")?.reason == "disk full")
        #expect(pauses.pause(ofTask: "slow") == nil)
        #expect(pauses.pause(ofQueue: "slow") != nil && pauses.pause(ofQueue: "video.x") == nil)
        #expect(pauses.lift(.task, "video.cut") == nil)
        #expect(pauses.lift(.queue, "video.*") == nil)
        #expect(pauses.lift(.task, "video.*")?.since == wall)
        #expect(pauses.pause(ofTask: "video.cut") == nil)
        for number in 0..<999 { #expect(pauses.add(Pause(.task, "\(number)", since: wall)) == true) }
        #expect(pauses.add(Pause(.task, "one more", since: wall)) == false)
    }
}
