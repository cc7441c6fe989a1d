import Testing

@testable import SwiftWorker

/// The signals' table (Celery reference, 3.14).
@Suite struct ShutdownStateTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let signals: [ShutdownState.Signal]
        let kind: ShutdownKind
        let exitCode: Int32
        var testDescription: String { "\(signals)" }
    }

    @Test(arguments: [
        Row(signals: [.terminate], kind: .warm, exitCode: 0),
        Row(signals: [.interrupt], kind: .warm, exitCode: 1),
        Row(signals: [.interrupt, .interrupt], kind: .cold, exitCode: 1),
        Row(signals: [.quit], kind: .cold, exitCode: 0),
        Row(signals: [.terminate, .terminate], kind: .warm, exitCode: 0),
        Row(signals: [.terminate, .quit], kind: .cold, exitCode: 0),
        Row(signals: [.terminate, .interrupt], kind: .cold, exitCode: 1),
        Row(signals: [.quit, .terminate, .interrupt], kind: .cold, exitCode: 0),
    ])
    func follows(_ row: Row) {
        var state = ShutdownState()
        for signal in row.signals { _ = state.receive(signal) }
        #expect(state.kind == row.kind)
        #expect(state.exitCode == row.exitCode)
    }

    @Test func saysEachStepOnce() {
        var state = ShutdownState()
        #expect(state.receive(.terminate) == .begin(.warm, message: "worker: Warm shutdown (MainProcess)"))
        #expect(state.receive(.terminate) == .ignore)
        #expect(state.receive(.quit) == .begin(.cold, message: "worker: Cold shutdown (MainProcess)"))
        #expect(state.receive(.quit) == .ignore)
    }
}
