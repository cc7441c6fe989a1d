import Testing

@testable import SwiftWorker

/// The signals' table (Celery reference, 3.14).
@Suite struct ShutdownStateTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var signals: [WorkerSignal]
        var isSoftFirst = false
        let phase: ShutdownState.Phase
        let exitCode: Int32
        var isRestart = false
        var testDescription: String { "\(signals), soft first: \(isSoftFirst)" }
    }

    @Test(arguments: [
        Row(signals: [.terminate], phase: .warm, exitCode: 0),
        Row(signals: [.interrupt], phase: .warm, exitCode: 1),
        Row(signals: [.interrupt, .interrupt], phase: .cold, exitCode: 1),
        Row(signals: [.quit], phase: .cold, exitCode: 0),
        Row(signals: [.terminate, .terminate], phase: .warm, exitCode: 0),
        Row(signals: [.terminate, .quit], phase: .cold, exitCode: 0),
        Row(signals: [.terminate, .interrupt], phase: .cold, exitCode: 1),
        Row(signals: [.quit, .terminate, .hangUp], phase: .cold, exitCode: 0),
        Row(signals: [.quit], isSoftFirst: true, phase: .soft, exitCode: 0),
        Row(signals: [.interrupt, .interrupt], isSoftFirst: true, phase: .soft, exitCode: 1),
        Row(signals: [.interrupt, .interrupt, .interrupt], isSoftFirst: true, phase: .cold, exitCode: 1),
        Row(signals: [.quit, .quit], isSoftFirst: true, phase: .cold, exitCode: 0),
        Row(signals: [.quit, .terminate], isSoftFirst: true, phase: .soft, exitCode: 0),
        Row(signals: [.hangUp], phase: .warm, exitCode: 0, isRestart: true),
        Row(signals: [.hangUp, .hangUp], phase: .warm, exitCode: 0, isRestart: true),
        Row(signals: [.hangUp, .terminate], phase: .warm, exitCode: 0),
        Row(signals: [.hangUp, .quit], phase: .cold, exitCode: 0),
        Row(signals: [.terminate, .hangUp], phase: .warm, exitCode: 0),
    ])
    func follows(_ row: Row) {
        var state = ShutdownState(isSoftFirst: row.isSoftFirst)
        for signal in row.signals { _ = state.receive(signal) }
        #expect(state.phase == row.phase)
        #expect(state.exitCode == row.exitCode)
        #expect(state.isRestart == row.isRestart)
    }

    @Test(
        arguments: [
            ([.quit, .quit], false), ([.quit, .interrupt], false), ([.interrupt, .interrupt, .interrupt], false),
            ([.quit, .quit, .interrupt], true), ([.interrupt, .interrupt, .quit, .quit], true),
        ] as [([WorkerSignal], Bool)]
    )
    func oneSignalTooManyEndsTheProcess(_ signals: [WorkerSignal], _ isSoftFirst: Bool) {
        var state = ShutdownState(isSoftFirst: isSoftFirst)
        let actions = signals.map { state.receive($0) }
        #expect(actions.last == .exit(1))
        #expect(!actions.dropLast().contains(.exit(1)))
    }

    @Test func saysEachStepOnce() {
        var state = ShutdownState()
        #expect(state.receive(.terminate) == .begin(.warm, message: "worker: Warm shutdown (MainProcess)"))
        #expect(state.receive(.terminate) == .ignore)
        let cold =
            "worker: Hitting Ctrl+C again will terminate all running tasks!\n\nworker: Cold shutdown (MainProcess)"
        #expect(state.receive(.quit) == .begin(.cold, message: cold))
    }

    @Test func saysTheStepsOfASoftShutdown() {
        var state = ShutdownState(isSoftFirst: true)
        let again = "worker: Hitting Ctrl+C again will terminate all running tasks!"
        #expect(state.receive(.quit) == .begin(.soft, message: again))
        #expect(state.endSoft() == .begin(.cold, message: "worker: Cold shutdown (MainProcess)"))
        #expect(state.endSoft() == .ignore)
    }

    @Test func aRequestNeverEndsTheProcess() {
        var state = ShutdownState(isSoftFirst: true)
        #expect(state.request(.warm) != .ignore)
        #expect(state.request(.warm) == .ignore)
        #expect(state.request(.cold) != .ignore)
        #expect(state.phase == .soft)
        #expect(state.request(.cold) == .ignore)
        #expect(state.requestReplacement() == .ignore)
    }
}
