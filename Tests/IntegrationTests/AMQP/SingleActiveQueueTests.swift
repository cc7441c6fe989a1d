import AMQP
import BrokerModel
import Testing

/// What RabbitMQ makes of `x-single-active-consumer`, on which a queue's promise of one task at a time rests.
@Suite(.timeLimit(.minutes(3)))
struct SingleActiveQueueTests {
    private static let argument: FieldTable = ["x-single-active-consumer": .bool(true)]

    private func consumer(_ name: String, _ handler: RecordingHandler, prefetch: UInt16) throws -> any BrokerConsumer {
        var topology = TestBroker.topology(name)
        topology.queue.arguments = Self.argument
        return TestBroker.broker(try TestBroker.configuration()).makeConsumer(
            queues: [topology],
            prefetch: prefetch,
            handler: handler,
            observer: handler.observe
        )
    }

    private func publish(_ bodies: Range<Int>, to name: String) async throws {
        try await TestBroker.withChannel { _, channel in
            try await channel.selectConfirms()
            for body in bodies {
                let message = OutgoingMessage(
                    routingKey: name,
                    properties: MessageProperties(),
                    body: Array("\(body)".utf8)
                )
                try await channel.publish(message)
            }
        }
    }

    /// Two consumers of one queue; the first is there before the second.
    private func withTwoConsumers(
        prefetch: UInt16,
        manner: @escaping @Sendable (IncomingMessage) -> RecordingHandler.Manner,
        _ body: (String, any BrokerConsumer, RecordingHandler, RecordingHandler) async throws -> Void
    ) async throws {
        try await TestBroker.withQueue { name in
            let (one, two) = (RecordingHandler(manner), RecordingHandler(manner))
            let first = try consumer(name, one, prefetch: prefetch)
            let second = try consumer(name, two, prefetch: prefetch)
            async let firstRun: Void = first.run()
            async let secondRun: Void = {
                try await eventually("first consumes") { one.consumingCount == 1 }
                try await second.run()
            }()
            do {
                try await eventually("second consumes") { two.consumingCount == 1 }
                try await body(name, first, one, two)
            } catch {
                await first.close()
                await second.close()
                throw error
            }
            await first.close()
            await second.close()
            try await firstRun
            try await secondRun
        }
    }

    @Test func theQueueIsDeclaredWithTheArgument() async throws {
        try await TestBroker.withQueue { name in
            let handler = RecordingHandler()
            let consumer = try consumer(name, handler, prefetch: 1)
            async let running: Void = consumer.run()
            try await eventually { handler.consumingCount == 1 }
            try await TestBroker.withChannel { _, channel in
                try await channel.declareQueue(QueueDeclaration(name: name, arguments: Self.argument))
                let error = await #expect(throws: AMQPError.self) {
                    try await channel.declareQueue(QueueDeclaration(name: name))
                }
                #expect(error?.reply?.text.contains("inequivalent arg 'x-single-active-consumer'") == true)
            }
            await consumer.close()
            try await running
        }
    }

    @Test func oneConsumerGetsEverythingUntilItGoes() async throws {
        try await withTwoConsumers(prefetch: 5, manner: { _ in .settle(.ack) }) { name, first, one, two in
            try await publish(0..<100, to: name)
            try await eventually { one.count == 100 }
            #expect(two.count == 0)
            await first.close()
            try await publish(100..<110, to: name)
            try await eventually { two.count == 10 }
            #expect(one.count == 100)
        }
    }

    /// How a worker has to leave such a queue.
    @Test func theNextOneGoesOnBehindTheLastSettlement() async throws {
        try await withTwoConsumers(prefetch: 1, manner: { _ in .hold }) { name, first, one, two in
            try await publish(0..<3, to: name)
            try await eventually { one.count == 1 }
            // Ignored, though the first may hold no more.
            #expect(two.count == 0)
            #expect(one.settleHeld(.ack) == [true])
            // What may have been delivered meanwhile goes back to its place.
            await first.close()
            try await eventually("the next one's delivery") { two.count == 1 }
            #expect(two.bodies == ["1"])
            try await publish(3..<4, to: name)
            for count in 2...3 {
                #expect(two.settleHeld(.ack) == [true])
                try await eventually { two.count == count }
            }
            #expect(two.settleHeld(.ack) == [true])
            #expect(two.bodies == ["1", "2", "3"])
        }
    }

    @Test func aQueueWithOtherArgumentsSaysWhatToDo() async throws {
        try await TestBroker.withQueue { name in
            try await TestBroker.withChannel { _, channel in
                try await channel.declareQueue(QueueDeclaration(name: name))
            }
            let handler = RecordingHandler()
            let consumer = try consumer(name, handler, prefetch: 1)
            let error = try #require(await #expect(throws: AMQPError.self) { try await consumer.run() })
            #expect(error.reply?.code == 406)
            #expect(!error.isRecoverable)
            #expect(error.message.contains("queue '\(name)' exists with other properties"), "\(error)")
            #expect(error.message.contains("(durable, x-single-active-consumer: true)"), "\(error)")
            #expect(error.message.contains("rabbitmqctl delete_queue \(name)"), "\(error)")
            // The same through the publisher, which declares for whoever enqueues.
            let publisher = TestBroker.broker(try TestBroker.configuration()).makePublisher { _ in }
            var topology = TestBroker.topology(name)
            topology.queue.arguments = Self.argument
            let second = await #expect(throws: AMQPError.self) { try await publisher.declare(topology) }
            #expect(second?.message.contains("queue '\(name)' exists with other properties") == true)
            await publisher.close()
        }
    }
}
