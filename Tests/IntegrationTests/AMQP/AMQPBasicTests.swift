import AMQP
import BrokerModel
import Testing

@Suite(.timeLimit(.minutes(2)))
struct AMQPBasicTests {
    @Test func publishesConsumesAndAcknowledges() async throws {
        try await TestBroker.withQueue { name in
            let handler = RecordingHandler()
            let broker = TestBroker.broker(try TestBroker.configuration())
            let consumer = broker.makeConsumer(
                queues: [TestBroker.topology(name)],
                prefetch: 10,
                handler: handler,
                observer: handler.observe
            )
            async let running: Void = consumer.run()
            let publisher = broker.makePublisher { _ in }
            try await eventually("consuming") { handler.consumingCount == 1 }
            for index in 0..<100 {
                let message = OutgoingMessage(
                    exchange: name,
                    routingKey: name,
                    properties: MessageProperties(contentType: "text/plain", headers: ["index": .int32(Int32(index))]),
                    body: Array("message \(index)".utf8)
                )
                try await publisher.publish(message, timeout: .seconds(10))
            }
            try await eventually("100 messages") { handler.count == 100 }
            #expect(handler.bodies == (0..<100).map { "message \($0)" })
            #expect(handler.messages.map { $0.properties.headers?["index"] } == (0..<100).map { .int32($0) })
            #expect(handler.messages.allSatisfy { $0.queue == name && $0.exchange == name && $0.routingKey == name })
            #expect(handler.batches > 0)
            await consumer.close()
            try await running
            await publisher.close()
            try await TestBroker.withChannel { _, channel in
                // A quorum queue takes a moment.
                try await eventually("nothing is left") {
                    let status = try await channel.declareQueue(QueueDeclaration(name: name), isPassive: true)
                    return status == QueueStatus(name: name, messageCount: 0, consumerCount: 0)
                }
            }
        }
    }
}
