import BrokerModel
import Threads

/// Waits for a thread that connects; a cancelled task does not wait for a host that never answers.
final class ConnectAttempt: Sendable {
    typealias Outcome = Result<FieldTable, AMQPError>

    private enum State {
        case idle
        case waiting(CheckedContinuation<Outcome, Never>)
        case finished
    }

    private let state = Lock(State.idle)

    func wait(start: () -> Void) async -> Outcome {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if case .finished = state { return true }
                    state = .waiting(continuation)
                    return false
                }
                if isOver {
                    continuation.resume(returning: .failure(AMQPError(.closed, "connecting was cancelled")))
                } else {
                    start()
                }
            }
        } onCancel: {
            finish(.failure(AMQPError(.closed, "connecting was cancelled")))
        }
    }

    /// - Returns: whether somebody still waited.
    @discardableResult
    func finish(_ outcome: Outcome) -> Bool {
        let waiting = state.withLock { state in
            defer { state = .finished }
            return state
        }
        guard case .waiting(let continuation) = waiting else { return false }
        continuation.resume(returning: outcome)
        return true
    }
}
