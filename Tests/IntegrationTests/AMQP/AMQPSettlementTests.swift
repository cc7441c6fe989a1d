import AMQP
import BrokerModel
import Testing

/// A quorum queue of RabbitMQ passes settlements on some thirty at a time, and forgets the rest when their channel is closed.
@Suite(.timeLimit(.minutes(3)))
struct AMQPSettlementTests {
    /// Three times what it passes on, and little enough for a broker beside others to do within the consumer's four seconds.
    private static let count = 200
    private static let type: FieldTable = ["x-queue-type": "quorum"]

    @Test func whatIsSettledRightBeforeTheEndStaysSettled() async throws {
        try await TestBroker.withQueue { name in
            let settled = try await settleEverySecond(of: name)
            try await TestBroker.withChannel { _, channel in
                let queue = QueueDeclaration(name: name, arguments: Self.type)
                try await eventually("what was not settled is back") {
                    let status = try await channel.declareQueue(queue, isPassive: true)
                    return status.consumerCount == 0 && status.messageCount >= Self.count / 2
                }
                var left: Set<String> = []
                while let received = try await channel.get(name, isNoAck: true) {
                    left.insert(String(decoding: received.message.body, as: UTF8.self))
                }
                #expect(left.count == Self.count / 2)
                #expect(left.isDisjoint(with: settled))
            }
        }
    }

    @Test func aBrokerThatDoesNotAnswerKeepsNobody() async throws {
        try await TestBroker.withQueue { name in
            try await TestBroker.withProxy { proxy, endpoint in
                let handler = RecordingHandler { _ in .hold }
                let configuration = try TestBroker.configuration(endpoint) { $0.rpcTimeout = .seconds(3) }
                let consumer = consumer(of: name, configuration, handler, prefetch: 1)
                async let running: Void = consumer.run()
                try await eventually("consuming") { handler.consumingCount == 1 }
                try await TestBroker.withChannel { _, channel in
                    try await channel.selectConfirms()
                    try await channel.publish(
                        OutgoingMessage(routingKey: name, properties: MessageProperties(), body: [1])
                    )
                }
                try await eventually("held") { handler.count == 1 }
                proxy.freeze()
                _ = handler.settleHeld(.ack)
                let start = ContinuousClock.now
                await consumer.close()
                try await running
                let lasted = ContinuousClock.now - start
                // It waits for the broker, as long as for any answer; the rest is for a loaded machine.
                #expect(lasted > .seconds(2) && lasted < .seconds(15), "\(lasted)")
                proxy.stop()
                // The broker did not hear of the settlement: the message is there again.
                try await TestBroker.withChannel { _, channel in
                    try await eventually("the message is back") {
                        try await channel.get(name, isNoAck: true) != nil
                    }
                }
            }
        }
    }

    private func consumer(
        of name: String,
        _ configuration: ConnectionConfiguration,
        _ handler: RecordingHandler,
        prefetch: Int
    ) -> any BrokerConsumer {
        var topology = TestBroker.topology(name)
        topology.queue.arguments = Self.type
        return TestBroker.broker(configuration).makeConsumer(
            queues: [topology],
            prefetch: UInt16(prefetch),
            handler: handler,
            observer: handler.observe
        )
    }

    /// Fills the queue, holds all of it, acks every second message, since one ack would name all else, and closes at once.
    ///
    /// - Returns: the bodies of what was acked.
    private func settleEverySecond(of name: String) async throws -> Set<String> {
        let handler = RecordingHandler { _ in .hold }
        let consumer = consumer(of: name, try TestBroker.configuration(), handler, prefetch: Self.count)
        async let running: Void = consumer.run()
        try await eventually("consuming") { handler.consumingCount == 1 }
        try await TestBroker.withChannel { _, channel in
            try await channel.selectConfirms()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<Self.count {
                    let message = OutgoingMessage(
                        routingKey: name,
                        properties: MessageProperties(),
                        body: Array("\(index)".utf8)
                    )
                    group.addTask { try await channel.publish(message) }
                }
                try await group.waitForAll()
            }
        }
        try await eventually("all are held") { handler.count == Self.count }
        await consumer.stopConsuming(keepsSingleActive: false)
        let bodies = handler.bodies
        var others: [ReceiptBox] = []
        _ = handler.settleHeld(.ack) { held in
            others = held.indices.filter { !$0.isMultiple(of: 2) }.map { held[$0] }
            return held.indices.filter { $0.isMultiple(of: 2) }.map { held[$0] }
        }
        await consumer.close()
        for other in others { _ = other.settle(.requeue) }
        try await running
        return Set(bodies.indices.filter { $0.isMultiple(of: 2) }.map { bodies[$0] })
    }
}
