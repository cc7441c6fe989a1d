import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections
import Testing

@testable import SwiftWorker

/// What is kept of remote control, as a value and as a text.
@Suite struct ControlStateTests {
    private let since = Instant(secondsSince1970: 1_800_000_000.25)

    private var state: ControlState {
        ControlState(
            revokedIDs: ["a", "ä\"\n"],
            revokedStamps: [RevokedStamp(name: "tenant", value: "a"), RevokedStamp(name: "tenant", value: 5)],
            pauses: [
                .init(ControlPause(.queue, "slow"), since: since),
                .init(ControlPause(.task, "v.*", reason: "why"), since: since + .seconds(1)),
            ],
            rateLimits: ["proj.add": "10/m", "proj.sub": ""]
        )
    }

    @Test func itsTextOutlivesARestart() throws {
        let read = try ControlState(parsing: state.encoded())
        #expect(read == state)
        #expect(try ControlState(parsing: ControlState().encoded()) == ControlState())
        _ = try ControlState(parsing: Array(#"{"version": 1, "more": true}"#.utf8))
    }

    @Test(arguments: [
        "", "{", "[]", "{}", #"{"version": 2}"#, #"{"version": 1, "revoked": [["a"]]}"#,
        #"{"version": 1, "pauses": [{}]}"#, #"{"version": 1, "pauses": [{"since": "x", "task": "y"}]}"#,
        #"{"version": 1, "rate_limits": {"t": 1}}"#, #"{"version": 1, "revoked_stamps": [[1, 2]]}"#,
    ])
    func aBrokenTextIsAnError(_ text: String) {
        let error = #expect(throws: ControlStoreError.self) { try ControlState(parsing: Array(text.utf8)) }
        #expect(error?.kind == .refused)
    }

    @Test func takesChangesInTheirOrder() throws {
        var limits = ControlLimits()
        limits.revokedIDs = 3
        limits.revokedStamps = 1
        var state = state
        state.take(.revoked(ids: ["b", "a", "b"]), limits)
        #expect(state.revokedIDs == ["ä\"\n", "b", "a"])
        state.take(.revoked(ids: ["c", "d"]), limits)
        #expect(state.revokedIDs == ["a", "c", "d"])
        state.take(.revokedStamps([RevokedStamp(name: "tenant", value: "z")]), limits)
        #expect(state.revokedStamps.map(\.value) == ["z"])
        // The same pause keeps its beginning and its reason.
        state.take(.paused(ControlPause(.task, "v.*"), since: since + .seconds(9)), limits)
        #expect(state.pauses == self.state.pauses)
        state.take(.resumed(.task, pattern: "slow"), limits)
        state.take(.resumed(.queue, pattern: "slow"), limits)
        #expect(state.pauses.map(\.pause.pattern) == ["v.*"])
        state.take(.rateLimit(task: "proj.add", limit: ""), limits)
        #expect(state.rateLimits == ["proj.add": "", "proj.sub": ""])
        state.take(.timeLimits(task: "proj.add", KeptTimeLimits(soft: 5, hard: nil)), limits)
        state.take(.timeLimits(task: "proj.sub", KeptTimeLimits(soft: nil, hard: 2.5)), limits)
        state.take(.timeLimits(task: "proj.add", KeptTimeLimits(soft: nil, hard: nil)), limits)
        #expect(state.timeLimits.keys == ["proj.add", "proj.sub"])
        #expect(state.timeLimits["proj.sub"] == KeptTimeLimits(soft: nil, hard: 2.5))
        let read = try ControlState(parsing: state.encoded())
        #expect(read == state)
    }

    /// The board takes ids however old they are, up to its limit; pauses are those that are kept, and no others.
    @Test func theBoardTakesWhatIsKept() {
        var limits = ControlLimits()
        limits.revokedIDs = 2
        let board = ControlBoard(limits)
        _ = board.change { $1.add(Pause(.task, "old", since: since)) }
        #expect(!board.isClosed(queue: "slow"))
        board.restore(state, at: .now)
        #expect(board.isClosed(queue: "slow") && board.pauses.count == 2)
        #expect(board.revocation(of: TaskHeaders(task: "t", id: "a")) == .id)
        var stamped = TaskHeaders(task: "t", id: "other")
        stamped.stamps = ["tenant": .int64(5)]
        stamped.stampedHeaders = ["tenant"]
        #expect(board.revocation(of: stamped) != nil)
        #expect(board.objection(to: TaskHeaders(task: "v.x", id: "c")) == .paused(board.pauses[1]))
        board.restore(ControlState(), at: .now)
        #expect(board.pauses.isEmpty)
        #expect(board.revocation(of: TaskHeaders(task: "t", id: "a")) == .id)
    }
}
