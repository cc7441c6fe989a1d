import BrokerModel
import CeleryProtocol
import SwiftWorker
import Threads

/// Carries waiting tasks to another broker. Each is acknowledged only when the other one has confirmed it.
struct TaskMigration: Sendable {
    let source: any BrokerSession
    let destination: any BrokerSession
    let queues: [QueueRenaming]
    /// Only these; empty is all.
    let tasks: Set<String>
    /// The destination's user.
    let user: String
    let limit: Int
    /// Whether the source gives them up.
    let moves: Bool
    /// How long nothing may come before it ends; `nil` is for ever.
    let silence: Duration?
    let confirmTimeout: Duration
    /// Hears of each task that has arrived.
    let report: @Sendable (String) -> Void

    /// How many are between the brokers at a time: a quorum queue's confirm takes its time.
    private static let window = 64
    /// How often it is looked whether there is more.
    private static let pollInterval: Duration = .milliseconds(50)

    private final class Progress: Sendable {
        struct State {
            var done = 0
            /// What goes back to the source when all is over: sooner, it would come again.
            var held: [SharedReceipt] = []
        }

        private let state = Lock(State())

        var done: Int { state.withLock { $0.done } }

        /// - Returns: how many have arrived so far.
        func arrived(holding receipt: SharedReceipt?) -> Int {
            state.withLock { state in
                state.done += 1
                if let receipt { state.held.append(receipt) }
                return state.done
            }
        }

        func hold(_ receipt: SharedReceipt) { state.withLock { $0.held.append(receipt) } }

        func giveBack() {
            for receipt in state.withLock({ $0.held }) { receipt.settle(.requeue) }
        }
    }

    /// - Returns: how many have arrived.
    /// - Throws: the error of one of the brokers. What the destination has not confirmed is still at the source.
    func run() async throws -> Int {
        var total = 0
        for queue in queues {
            try await destination.declare(queue.target.steps)
            total += try await source.status(of: queue.name)?.messageCount ?? 0
        }
        let expected = total
        let progress = Progress()
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                var (started, underWay) = (0, 0)
                while started < limit, let (queue, message, receipt) = try await next() {
                    guard tasks.isEmpty || tasks.contains(Self.name(of: message)) else {
                        progress.hold(receipt)
                        continue
                    }
                    if underWay == Self.window {
                        try await group.next()
                        underWay -= 1
                    }
                    started += 1
                    underWay += 1
                    group.addTask {
                        try await destination.publish(queue.moving(message, user: user), timeout: confirmTimeout)
                        arrived(message, receipt, of: expected, progress)
                    }
                }
                try await group.waitForAll()
            }
        } catch {
            progress.giveBack()
            throw error
        }
        progress.giveBack()
        return progress.done
    }

    private func arrived(_ message: IncomingMessage, _ receipt: SharedReceipt, of total: Int, _ progress: Progress) {
        if moves { receipt.settle(.ack) }
        let done = progress.arrived(holding: moves ? nil : receipt)
        let shown = total > 0 ? String(max(total, done)) : "?"
        report("Migrating task \(done)/\(shown): \(Self.name(of: message))[\(Self.id(of: message))]")
    }

    /// The next message of one of the queues; `nil` when none has come for a while.
    private func next() async throws -> (QueueRenaming, IncomingMessage, SharedReceipt)? {
        let begin = ContinuousClock.now
        while true {
            for queue in queues where try await source.status(of: queue.name) != nil {
                guard let received = try await source.get(queue.name) else { continue }
                let message = received.message
                return (queue, message, SharedReceipt(received.takeReceipt()))
            }
            if let silence, ContinuousClock.now - begin >= silence { return nil }
            try await Task.sleep(for: Self.pollInterval)
        }
    }

    /// The task of a message; that of protocol 1 is in its body (Celery reference, 1.8).
    private static func name(of message: IncomingMessage) -> String {
        message.properties.headers?["task"]?.string ?? old(message, "task")
    }

    private static func id(of message: IncomingMessage) -> String {
        message.properties.headers?["id"]?.string ?? message.properties.correlationID ?? old(message, "id")
    }

    private static func old(_ message: IncomingMessage, _ field: String) -> String {
        OldMessage.text(field, of: message) ?? "?"
    }
}
