import Threads

/// Counts how often each task has taken its process along, and judges what follows; bounded.
///
/// Celery gives such a message back without end (reference, 3.4); here it is quarantined after `limit` losses.
final class LossLedger: Sendable {
    /// How many tasks are remembered; the oldest are forgotten first.
    static let capacity = 10_000

    private let limit: Int
    private let state = Lock(State())

    private struct State {
        var losses: [String: Int] = [:]
        var order: [String] = []
    }

    /// - Parameter limit: the loss that is one too many, `swiftworker_max_losses`.
    init(limit: Int) {
        self.limit = limit
    }

    /// Says what a loss means for its message; other outcomes stay as they are.
    func judge(_ outcome: Outcome, of request: Request) -> Outcome {
        guard case .lost(let loss) = outcome, request.policy.acksLate, request.policy.rejectsOnWorkerLost else {
            return outcome
        }
        return count(request.id) < limit ? .lostToRunAgain(loss) : .quarantined(loss)
    }

    private func count(_ id: String) -> Int {
        state.withLock { state in
            let count = state.losses[id, default: 0] + 1
            if count >= limit {
                state.losses[id] = nil
                return count
            }
            if state.losses.updateValue(count, forKey: id) == nil { state.order.append(id) }
            if state.order.count > Self.capacity { state.losses[state.order.removeFirst()] = nil }
            return count
        }
    }
}
