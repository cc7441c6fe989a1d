import Threads

/// Why the worker cancels a running body.
public enum CancellationCause: Sendable, Hashable {
    /// The soft time limit of so long has passed.
    case softTimeLimit(Duration)
    /// The hard time limit of so long has passed: the task has failed, and nobody hears of its body any more.
    case timeLimit(Duration)
    /// The worker shuts down and waits no longer.
    case shutdown
    /// The connection that delivered the message is lost, so that the broker delivers it again.
    case connectionLost
    /// Somebody has the task terminated, by this signal: it is revoked.
    case terminated(signal: Int32)
}

/// The one handle by which a running body is cancelled, and which knows why. The first cause counts, but the hard limit
/// counts more.
final class Cancellation: Sendable {
    private let state = Lock(State())

    private struct State {
        var cause: CancellationCause?
        var cancelBody: (@Sendable () -> Void)?
    }

    var cause: CancellationCause? { state.withLock { $0.cause } }

    /// Whether the task has ended without its body.
    var isGivenUp: Bool { if case .timeLimit = cause { true } else { false } }

    /// Takes the running body's own handle; a body that was cancelled before it began is so at once.
    func attach(_ cancelBody: @escaping @Sendable () -> Void) {
        let isDue = state.withLock { state in
            state.cancelBody = cancelBody
            return state.cause != nil
        }
        if isDue { cancelBody() }
    }

    func cancel(_ cause: CancellationCause) {
        let cancelBody = state.withLock { state in
            if case .timeLimit = cause { state.cause = cause } else { state.cause = state.cause ?? cause }
            return state.cancelBody
        }
        cancelBody?()
    }
}
