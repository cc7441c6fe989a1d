import BrokerModel
import ServiceLifecycle

/// Asks the worker's parts for signs of life, as long as the worker runs. Only where somebody wants to know.
struct HealthService: Service {
    /// Between two questions; an unanswered one is not asked again.
    static let interval: Duration = .seconds(1)

    let monitor: HealthMonitor
    let pool: any Pool
    let consumer: any BrokerConsumer
    let publisher: any BrokerPublisher
    let results: any ResultStore
    /// `nil` where there is none.
    let controlStore: (any ControlStore)?

    func run() async throws {
        var tasks = [
            Task { [monitor, pool] in
                await Self.repeatedly {
                    let (slots, wanted) = (pool.servingCount, pool.capacity)
                    monitor.take(.beat(slots: slots, wanted: wanted, poolStill: pool.stillness))
                }
            },
            ask(.consumer) { [monitor, consumer] in monitor.take(.missing(try await consumer.probe())) },
            ask(.publisher) { [publisher] in try await publisher.probe() },
            ask(.results) { [results] in try await results.check() },
        ]
        if let controlStore { tasks.append(ask(.controlStore) { try await controlStore.check() }) }
        try? await gracefulShutdown()
        for task in tasks { task.cancel() }
    }

    private func ask(
        _ part: WorkerHealth.Part,
        _ question: @escaping @Sendable () async throws -> Void
    ) -> Task<Void, Never> {
        Task { [monitor] in
            await Self.repeatedly {
                do {
                    try await question()
                    monitor.take(.answered(part, failure: nil))
                } catch {
                    monitor.take(.answered(part, failure: "\(error)"))
                }
            }
        }
    }

    private static func repeatedly(_ body: @Sendable () async -> Void) async {
        while !Task.isCancelled {
            await body()
            try? await Task.sleep(for: interval)
        }
    }
}
