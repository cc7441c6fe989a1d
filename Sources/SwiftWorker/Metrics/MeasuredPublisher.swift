import BrokerModel
import CoreMetrics

/// A publishing connection whose confirms are timed.
final class MeasuredPublisher: BrokerPublisher {
    private let base: any BrokerPublisher
    private let confirmTime: Timer
    private let failures: Counter

    init(base: any BrokerPublisher, confirmTime: Timer, failures: Counter) {
        self.base = base
        self.confirmTime = confirmTime
        self.failures = failures
    }

    func publish(_ message: OutgoingMessage, timeout: Duration) async throws {
        let start = ContinuousClock.now
        do {
            try await base.publish(message, timeout: timeout)
        } catch {
            failures.increment()
            throw error
        }
        confirmTime.recordNanoseconds((ContinuousClock.now - start).nanoseconds)
    }

    func run() async throws { try await base.run() }

    func declare(_ steps: [TopologyStep]) async throws { try await base.declare(steps) }

    func consumerCount(of queue: String) async throws -> Int? { try await base.consumerCount(of: queue) }

    func probe() async throws { try await base.probe() }

    func close() async { await base.close() }
}
