import Threads

/// Lets signals and the program ask for a shutdown, and the worker wait for it.
final class ShutdownController: Sendable {
    private let state: Lock<State>

    private struct State {
        var shutdown: ShutdownState
        var waiting: [(phase: ShutdownState.Phase, continuation: AsyncStream<Void>.Continuation)] = []
    }

    /// - Parameter isSoftFirst: whether a cold shutdown begins soft.
    init(isSoftFirst: Bool) {
        state = Lock(State(shutdown: ShutdownState(isSoftFirst: isSoftFirst)))
    }

    var exitCode: Int32 { state.withLock { $0.shutdown.exitCode } }

    var phase: ShutdownState.Phase { state.withLock { $0.shutdown.phase } }

    var isRestart: Bool { state.withLock { $0.shutdown.isRestart } }

    func receive(_ signal: WorkerSignal) -> SignalResponse {
        switch apply({ $0.receive(signal) }) {
        case .begin(_, let message): .say(message)
        case .exit(let code): .exit(code)
        case .ignore: .nothing
        }
    }

    /// - Returns: the line to print, if the request changed anything.
    func request(_ kind: ShutdownKind) -> String? {
        message(apply { $0.request(kind) })
    }

    /// The while that a soft shutdown grants is over.
    ///
    /// - Returns: the line to print, if that changed anything.
    func endSoft() -> String? {
        message(apply { $0.endSoft() })
    }

    /// Asks for a warm shutdown after which a supervisor should start a fresh worker.
    ///
    /// - Returns: the line to print, if the request changed anything.
    func requestReplacement() -> String? {
        message(apply { $0.requestReplacement() })
    }

    /// Waits until the shutdown has come to that phase, or the calling task is cancelled.
    func wait(for phase: ShutdownState.Phase) async {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        state.withLock { state in
            if state.shutdown.phase >= phase {
                continuation.finish()
            } else {
                state.waiting.append((phase, continuation))
            }
        }
        for await _ in stream {}
    }

    private func apply(_ event: (inout ShutdownState) -> ShutdownState.Action) -> ShutdownState.Action {
        let (action, reached) = state.withLock { state in
            let action = event(&state.shutdown)
            let phase = state.shutdown.phase
            let reached = state.waiting.filter { $0.phase <= phase }
            state.waiting.removeAll { $0.phase <= phase }
            return (action, reached.map(\.continuation))
        }
        for continuation in reached { continuation.finish() }
        return action
    }

    private func message(_ action: ShutdownState.Action) -> String? {
        if case .begin(_, let message) = action { message } else { nil }
    }
}
