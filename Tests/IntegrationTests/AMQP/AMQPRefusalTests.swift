import AMQP
import BrokerModel
import Testing

/// A broker that refuses one publish among many, or blocks all. One after the other: two of them need brokers of their own.
@Suite(.serialized, .timeLimit(.minutes(4)))
struct AMQPRefusalTests {
    private func message(_ queue: String, bytes: Int = 3) -> OutgoingMessage {
        OutgoingMessage(
            routingKey: queue,
            properties: MessageProperties(),
            body: [UInt8](repeating: 0x20, count: bytes)
        )
    }

    private func failure(_ body: () async throws -> Void) async -> AMQPError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? AMQPError
        }
    }

    /// Publishes three hundred messages at once, two of them otherwise, which alone are to fail.
    private func onlyTheRefusedFail(
        _ publisher: any BrokerPublisher,
        _ queue: String,
        _ spoil: @escaping @Sendable (inout OutgoingMessage) -> Void
    ) async {
        let plain = message(queue)
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<300 {
                group.addTask {
                    let isRefused = index == 100 || index == 200
                    var message = plain
                    if isRefused { spoil(&message) }
                    let sent = message
                    let failure = await self.failure { try await publisher.publish(sent, timeout: .seconds(60)) }
                    #expect(failure?.reply?.code == (isRefused ? 406 : nil), "\(index): \(String(describing: failure))")
                }
            }
        }
    }

    @Test func aRefusalThatNamesNobodyFailsOnlyItsOwnPublishes() async throws {
        try await TestBroker.withQueue { name in
            let publisher = TestBroker.broker(try TestBroker.configuration()).makePublisher { _ in }
            try await publisher.declare(TestBroker.topology(name))
            await onlyTheRefusedFail(publisher, name) { $0.properties.expiration = "never" }
            try await publisher.publish(message(name), timeout: .seconds(30))
            await publisher.close()
        }
    }

    @Test func whatIsTooLargeFailsAlone() async throws {
        try await FaultyBroker.lend { broker in
            // The one is of RabbitMQ 3, the other of 4.
            try await broker.control([
                "eval",
                "application:set_env(rabbit, max_message_size, 1000), persistent_term:put(max_message_size, 1000).",
            ])
            let configuration = try TestBroker.configuration(broker.endpoint())
            let publisher = TestBroker.broker(configuration).makePublisher { _ in }
            try await publisher.declare(TestBroker.topology("work"))
            await onlyTheRefusedFail(publisher, "work") { $0.body = [UInt8](repeating: 0x20, count: 1001) }
            await publisher.close()
        }
    }

    /// It reads nothing of the connection meanwhile, and answers nothing; what it has not confirmed must not go again.
    @Test func aBrokerThatBlocksPublishersCostsNoConnection() async throws {
        try await FaultyBroker.lend { broker in
            let handler = RecordingHandler()
            let configuration = try TestBroker.configuration(broker.endpoint()) {
                $0.rpcTimeout = .seconds(1)
                $0.heartbeat = .seconds(2)
            }
            let publisher = TestBroker.broker(configuration).makePublisher(observer: handler.observe)
            try await publisher.declare(TestBroker.topology("work"))
            try await broker.control(["set_vm_memory_high_watermark", "0.000001"])
            try await eventually("blocked") {
                _ = await failure { try await publisher.publish(message("work"), timeout: .milliseconds(200)) }
                return handler.events.contains { if case .blocked = $0 { true } else { false } }
            }
            async let declared: Void = publisher.declare(TestBroker.topology("late"))
            async let published: Void = publisher.publish(message("work"), timeout: .seconds(120))
            // Several deadlines and heartbeats long.
            try await Task.sleep(for: .seconds(7))
            #expect(handler.lossCount == 0)
            try await broker.control(["set_vm_memory_high_watermark", "0.6"])
            try await declared
            try await published
            #expect(handler.lossCount == 0)
            await publisher.close()
        }
    }
}
