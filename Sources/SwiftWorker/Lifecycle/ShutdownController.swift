import Threads

/// Lets signals and the program ask for a shutdown, and the worker wait for it.
final class ShutdownController: Sendable {
    private let state = Lock(State())

    private struct State {
        var shutdown = ShutdownState()
        var waiting: [(kind: ShutdownKind, continuation: AsyncStream<Void>.Continuation)] = []
    }

    var exitCode: Int32 { state.withLock { $0.shutdown.exitCode } }

    var isRequested: Bool { state.withLock { $0.shutdown.kind != nil } }

    /// - Returns: the line to print, if the signal changed anything.
    func receive(_ signal: ShutdownState.Signal) -> String? {
        apply { $0.receive(signal) }
    }

    /// - Returns: the line to print, if the request changed anything.
    func request(_ kind: ShutdownKind) -> String? {
        apply { $0.request(kind) }
    }

    /// Asks for a warm shutdown after which a supervisor should start a fresh worker.
    ///
    /// - Returns: the line to print, if the request changed anything.
    func requestReplacement() -> String? {
        apply { $0.requestReplacement() }
    }

    /// Waits until a shutdown of at least that kind is asked for, or the calling task is cancelled.
    func wait(for kind: ShutdownKind) async {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        state.withLock { state in
            if Self.isReached(kind, by: state.shutdown) {
                continuation.finish()
            } else {
                state.waiting.append((kind, continuation))
            }
        }
        for await _ in stream {}
    }

    private func apply(_ event: (inout ShutdownState) -> ShutdownState.Action) -> String? {
        let (action, reached) = state.withLock { state in
            let action = event(&state.shutdown)
            let shutdown = state.shutdown
            let reached = state.waiting.filter { Self.isReached($0.kind, by: shutdown) }
            state.waiting.removeAll { Self.isReached($0.kind, by: shutdown) }
            return (action, reached.map(\.continuation))
        }
        for continuation in reached { continuation.finish() }
        guard case .begin(_, let message) = action else { return nil }
        return message
    }

    private static func isReached(_ kind: ShutdownKind, by state: ShutdownState) -> Bool {
        state.kind == .cold || (state.kind == .warm && kind == .warm)
    }
}
