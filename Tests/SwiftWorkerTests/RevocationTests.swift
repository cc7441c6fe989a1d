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
        return revocations.revoke(command, at: now) { id in tasks.first { $0.headers.id == id } }
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
        // It may start before it is discarded.
        #expect(revocations.takePending("wait") == 9)
        #expect(revocations.takePending("wait") == nil)
        #expect(revocations.takePending("run") == nil)
        #expect(revoke(&revocations, ["unknown"], terminates: true).reply == ["ok": "terminate: tasks unknown"])
        _ = revoke(&revocations, ["wait"], terminates: true)
        revocations.forgetPending("wait")
        #expect(revocations.takePending("wait") == nil)
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
        let effects = revocations.revoke(ControlStampRevocation(headers: ["tenant": ["a", "z"]]), known: tasks)
        #expect(effects.discard == ["wait"])
        #expect(effects.terminate == [])
        #expect(effects.reply == ["ok": "headers {'tenant': ['a', 'z']} flagged as revoked, but not terminated"])
        let reason = revocations.reason(for: headers("later", ["tenant": .array(["x", "z"])]))
        #expect(reason?.remark == " (revoked by header: {'tenant': 'z'})")
    }

    @Test func byStampWithTermination() {
        var revocations = Revocations()
        let command = ControlStampRevocation(headers: ["tenant": "b"], terminates: true, signal: 10)
        let effects = revocations.revoke(command, known: tasks)
        #expect(effects.terminate == [Revocations.Effects.Termination(id: "run", signal: 10)])
        #expect(effects.reply == ["ok": "headers defaultdict(<class 'set'>, {'tenant': {'b'}}) revoked"])
        let nobody = ControlStampRevocation(headers: ["tenant": "z"], terminates: true)
        #expect(revocations.revoke(nobody, known: tasks).reply == ["ok": "headers {'tenant': 'z'} were not terminated"])
        // What was revoked before is not what this command is about.
        #expect(revocations.revoke(nobody, known: tasks).terminate == [])
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

    @Test func stampsAreBounded() {
        var revoked = RevokedStamps(maximum: 2)
        for value in ["a", "b", "a", "c"] { revoked.add("k", .string(value)) }
        #expect(revoked.stamps.map(\.value) == ["b", "c"])
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

    @Test func aSnapshotOutlivesARestart() throws {
        var revocations = Revocations()
        revocations.ids.add("old", at: now - .seconds(20_000))
        revocations.ids.add("a", at: now - .seconds(100))
        revocations.ids.add("ä\"\n", at: now)
        revocations.stamps.add("tenant", "a")
        revocations.stamps.add("tenant", 5)
        var snapshot = ControlSnapshot()
        snapshot.take(revocations, now: now, wall: wall)
        snapshot.pauses = [Pause(.queue, "slow", since: wall), Pause(.task, "v.*", since: wall, reason: "why")]
        snapshot.rateLimits = ["proj.add": "10/m", "proj.sub": ""]

        // The machine starts again an hour later, and its monotonic clock with it.
        let read = try ControlSnapshot(parsing: snapshot.encoded())
        var restored = Revocations()
        let later = now - .seconds(1_000_000)
        read.restore(&restored, now: later, wall: wall + .seconds(3_600))
        #expect(restored.ids.ids == ["a", "ä\"\n"])
        #expect(restored.ids.ages(at: later).map(\.age) == [.seconds(3_700), .seconds(3_600)])
        #expect(restored.stamps.stamps == revocations.stamps.stamps)
        #expect(read.pauses == snapshot.pauses)
        #expect(read.rateLimits == snapshot.rateLimits)

        // And with a clock that was set back.
        var early = Revocations()
        read.restore(&early, now: now, wall: wall - .seconds(3_600))
        #expect(early.ids.ages(at: now).map(\.age) == [.zero, .zero])
        #expect(early.ids.contains("a"))
    }

    @Test func anEmptySnapshotIsWhole() throws {
        let read = try ControlSnapshot(parsing: ControlSnapshot().encoded())
        #expect(read.revoked.isEmpty && read.stamps.isEmpty && read.pauses.isEmpty && read.rateLimits.isEmpty)
        _ = try ControlSnapshot(parsing: Array(#"{"version": 1, "more": true}"#.utf8))
    }

    @Test(arguments: [
        "", "{", "[]", "{}", #"{"version": 2}"#, #"{"version": 1, "revoked": [["a"]]}"#,
        #"{"version": 1, "pauses": [{}]}"#,
        #"{"version": 1, "rate_limits": {"t": 1}}"#, #"{"version": 1, "revoked_stamps": [[1, 2]]}"#,
    ])
    func aBrokenSnapshotIsAnError(_ text: String) {
        #expect(throws: SnapshotError.self) { try ControlSnapshot(parsing: Array(text.utf8)) }
    }
}
