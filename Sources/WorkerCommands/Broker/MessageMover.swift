import BrokerModel
import Synchronization

/// Moves all messages of a queue into another one: each is acknowledged only when the other queue has it, confirmed. Killed
/// between the two, it leaves that message in both. Their order is kept roughly.
struct MessageMover: Sendable {
    let session: any BrokerSession
    let user: String
    let timeout: Duration
    /// Told the number of messages moved so far, after each.
    let progress: @Sendable (Int) -> Void

    /// How many are between the two queues at a time: a message takes three round trips, and a quorum queue's are long.
    private static let window = 256

    /// - Returns: how many were moved, until none was ready.
    func move(from source: String, to destination: String) async throws -> Int {
        let moved = Counter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<Self.window {
                group.addTask {
                    while let received = try await session.get(source) {
                        let message = MigrationPlan.moving(received.message, to: destination, user: user)
                        try await session.publish(message, timeout: timeout)
                        received.settle(.ack)
                        progress(moved.increment())
                    }
                }
            }
            try await group.waitForAll()
        }
        return moved.value
    }

    private final class Counter: Sendable {
        private let count = Atomic(0)

        var value: Int { count.load(ordering: .relaxed) }

        func increment() -> Int { count.add(1, ordering: .relaxed).newValue }
    }
}
