import AMQP
import BrokerModel
import Testing

/// Queues that come and go while others are consumed.
@Suite(.timeLimit(.minutes(3)))
struct AMQPQueueChangeTests {
    /// A consumer of the first queue, behind a proxy that can cut its connection, and the name of a second one.
    private func withConsumer(
        _ body: (any BrokerConsumer, RecordingHandler, TCPProxy, _ first: String, _ second: String) async throws -> Void
    ) async throws {
        try await TestBroker.withQueue { first in
            try await TestBroker.withQueue { second in
                try await TestBroker.withProxy { proxy, endpoint in
                    let handler = RecordingHandler()
                    let consumer = TestBroker.broker(try TestBroker.configuration(endpoint)).makeConsumer(
                        queues: [TestBroker.topology(first)],
                        prefetch: 20,
                        handler: handler,
                        observer: handler.observe
                    )
                    let running = Task { try await consumer.run() }
                    do {
                        try await eventually("consuming") { handler.consumingCount == 1 }
                        try await body(consumer, handler, proxy, first, second)
                    } catch {
                        await consumer.close()
                        throw error
                    }
                    await consumer.close()
                    try await running.value
                }
            }
        }
    }

    private func publish(to name: String, _ body: UInt8 = 1) async throws {
        try await TestBroker.withChannel { _, channel in
            try await channel.selectConfirms()
            try await channel.publish(OutgoingMessage(routingKey: name, properties: MessageProperties(), body: [body]))
        }
    }

    /// A quorum queue takes a moment to forget a consumer.
    private func expectConsumers(_ count: Int, of name: String) async throws {
        try await TestBroker.withChannel { _, channel in
            try await eventually("\(count) consumers") {
                let status = try await channel.declareQueue(QueueDeclaration(name: name), isPassive: true)
                return status.consumerCount == count
            }
        }
    }

    @Test func anAddedQueueIsConsumedAlsoAfterAReconnect() async throws {
        try await withConsumer { consumer, handler, proxy, first, second in
            try await consumer.add(TestBroker.topology(second))
            try await publish(to: second)
            try await eventually { handler.messages.map(\.queue) == [second] }
            proxy.cut()
            try await eventually("consuming again") { handler.consumingCount == 2 }
            for name in [first, second] {
                try await publish(to: name, 2)
                try await expectConsumers(1, of: name)
            }
            // The first one's ack may have been lost with its connection: then it comes again.
            try await eventually { Set(handler.messages.filter { $0.body == [2] }.map(\.queue)) == [first, second] }
        }
    }

    @Test func aRemovedQueueStaysRemovedAndCanComeBack() async throws {
        try await withConsumer { consumer, handler, proxy, first, second in
            try await consumer.add(TestBroker.topology(second))
            await consumer.remove(queue: second)
            try await expectConsumers(0, of: second)
            proxy.cut()
            try await eventually("consuming again") { handler.consumingCount == 2 }
            try await expectConsumers(0, of: second)
            try await expectConsumers(1, of: first)
            // Deleted meanwhile, it is declared anew.
            try await TestBroker.delete(second)
            try await consumer.add(TestBroker.topology(second))
            try await expectConsumers(1, of: second)
        }
    }

    @Test func aRefusedQueueLeavesTheOthersAlone() async throws {
        try await withConsumer { consumer, handler, proxy, first, second in
            try await TestBroker.withChannel { _, channel in
                _ = try await channel.declareQueue(QueueDeclaration(name: second, isDurable: false))
            }
            let refusal = await #expect(throws: AMQPError.self) {
                try await consumer.add(TestBroker.topology(second))
            }
            #expect(refusal?.reply?.code == 406)
            #expect(proxy.acceptedCount == 1)
            try await publish(to: first)
            try await eventually { handler.count == 1 }
        }
    }

    @Test func aQueueRefusedAfterAReconnectLeavesTheOthersAlone() async throws {
        try await withConsumer { consumer, handler, proxy, first, second in
            try await TestBroker.withChannel { _, channel in
                _ = try await channel.declareQueue(QueueDeclaration(name: second, isDurable: false))
            }
            proxy.refuse(true)
            proxy.cut()
            try await eventually("loss") { handler.lossCount > 0 }
            try await consumer.add(TestBroker.topology(second))
            proxy.refuse(false)
            try await eventually("consuming again") { handler.consumingCount == 2 }
            #expect(handler.events.contains { if case .refusedQueue(second, _) = $0 { true } else { false } })
            try await publish(to: first)
            try await eventually { handler.count == 1 }
        }
    }

    @Test func aQueueThatMayNotBeConsumedCostsAReconnect() async throws {
        try await withConsumer { consumer, handler, _, first, second in
            // Declared alike, and already consumed by somebody who wants it alone; a quorum queue would not mind.
            var topology = TestBroker.topology(second)
            topology.queue.arguments = ["x-queue-type": "classic"]
            let wanted = topology
            try await TestBroker.withChannel { _, channel in
                try await channel.declareExchange(ExchangeDeclaration(name: second))
                _ = try await channel.declareQueue(wanted.queue)
                try await channel.consume(second, tag: "alone", isExclusive: true)
                let refusal = await #expect(throws: AMQPError.self) { try await consumer.add(wanted) }
                #expect(refusal?.reply?.code == 403)
            }
            try await eventually("consuming again") { handler.consumingCount == 2 }
            try await publish(to: first)
            try await eventually { handler.count == 1 }
            try await expectConsumers(0, of: second)
        }
    }

    @Test func companionsAreDeclaredAgainAfterAReconnectAndShared() async throws {
        try await withConsumer { consumer, handler, proxy, _, second in
            let names = (0..<2).map { _ in TestBroker.uniqueName("companion") }
            var topology = TestBroker.topology(second)
            topology.companions = names.map { .queue(QueueDeclaration(name: $0)) }
            topology.companions.append(
                .bindExchange(ExchangeBinding(destination: second, source: "amq.topic", routingKey: "#.\(second)"))
            )
            try await consumer.add(topology)
            proxy.refuse(true)
            proxy.cut()
            try await TestBroker.withChannel { _, channel in
                for name in names { _ = try await channel.deleteQueue(name) }
            }
            proxy.refuse(false)
            try await eventually("consuming again") { handler.consumingCount == 2 }
            try await TestBroker.withChannel { _, channel in
                for name in names {
                    let count = try await channel.messageCount(name)
                    #expect(count == 0)
                }
                try await channel.selectConfirms()
                let message = OutgoingMessage(
                    exchange: "amq.topic",
                    routingKey: "a.b.\(second)",
                    properties: MessageProperties(),
                    body: [1],
                    isMandatory: false
                )
                try await channel.publish(message)
                for name in names { _ = try await channel.deleteQueue(name) }
            }
        }
    }
}
