import AMQP
import BrokerModel
import Testing

/// What can be asked of a channel, against a real broker.
@Suite(.timeLimit(.minutes(2)))
struct AMQPChannelTests {
    private func message(_ queue: String, _ text: String) -> OutgoingMessage {
        OutgoingMessage(routingKey: queue, properties: MessageProperties(), body: Array(text.utf8))
    }

    @Test func getSettlesInEveryWay() async throws {
        try await TestBroker.withQueue { name in
            try await TestBroker.withChannel { _, channel in
                try await channel.declareQueue(QueueDeclaration(name: name))
                try await channel.selectConfirms()
                try await channel.publish(message(name, "one"))

                let first = try await channel.take(name)
                #expect(first.message.body == Array("one".utf8))
                #expect(!first.message.isRedelivered)
                first.settle(.requeue)
                let second = try await channel.take(name)
                #expect(second.message.isRedelivered)
                second.settle(.rejectAndRequeue)
                let third = try await channel.take(name)
                third.settle(.reject)
                #expect(try await channel.isEmpty(name))

                try await channel.publish(message(name, "two"))
                let fourth = try await channel.take(name)
                fourth.settle(.ack)
                try await channel.publish(message(name, "three"))
                let fifth = try await channel.take(name, isNoAck: true)
                let isSettled = fifth.settle(.requeue)
                #expect(isSettled)
                #expect(try await channel.isEmpty(name))
            }
        }
    }

    /// Without a handler every delivery is requeued and comes again at once: some always arrive while the channel is closed.
    @Test func aChannelSaysNothingBehindItsClose() async throws {
        try await TestBroker.withQueue { name in
            try await TestBroker.withChannel { connection, channel in
                // A quorum queue drops what has come back too often.
                let queue = QueueDeclaration(name: name, arguments: ["x-queue-type": "classic"])
                try await channel.declareQueue(queue)
                for number in 0..<20 { try await channel.publish(message(name, "\(number)")) }
                for _ in 0..<20 {
                    let closing = try await connection.openChannel()
                    try await closing.consume(name, tag: "consumer")
                    async let first: Void? = try? closing.close()
                    async let second: Void? = try? closing.close()
                    _ = await (first, second)
                    await #expect(throws: AMQPError.self) { try await closing.close() }
                }
                try await eventually("back") { try await channel.messageCount(name) == 20 }
            }
        }
    }

    @Test func unsettledGetGoesBack() async throws {
        try await TestBroker.withQueue { name in
            try await TestBroker.withChannel { _, channel in
                try await channel.declareQueue(QueueDeclaration(name: name))
                try await channel.publish(message(name, "x"))
                // Not confirmed, a quorum queue has it a moment later.
                try await eventually("there") { try await channel.messageCount(name) == 1 }
                let isEmpty = try await channel.isEmpty(name)
                #expect(!isEmpty)
                try await eventually("back") { try await channel.messageCount(name) == 1 }
                let again = try await channel.take(name)
                #expect(again.message.isRedelivered)
                again.settle(.ack)
            }
        }
    }

    @Test func declaresBindsPurgesAndDeletes() async throws {
        try await TestBroker.withChannel { _, channel in
            let (queue, source, target) = (TestBroker.uniqueName(), TestBroker.uniqueName(), TestBroker.uniqueName())
            try await channel.declareExchange(ExchangeDeclaration(name: source, type: .topic, isAutoDelete: false))
            try await channel.declareExchange(ExchangeDeclaration(name: target, type: .fanout, isDurable: false))
            try await channel.declareExchange(ExchangeDeclaration(name: target), isPassive: true)
            let declared = try await channel.declareQueue(
                QueueDeclaration(name: queue, isExclusive: true, arguments: ["x-max-priority": .int32(5)])
            )
            #expect(declared == QueueStatus(name: queue, messageCount: 0, consumerCount: 0))
            try await channel.bindExchange(target, to: source, routingKey: "a.#")
            try await channel.bindQueue(queue, exchange: target, routingKey: "")
            try await channel.selectConfirms()
            let routed = OutgoingMessage(
                exchange: source,
                routingKey: "a.b.c",
                properties: MessageProperties(),
                body: [1]
            )
            for _ in 0..<3 { try await channel.publish(routed) }
            #expect(try await channel.purgeQueue(queue) == 3)
            try await channel.unbindExchange(target, from: source, routingKey: "a.#")
            let error = await #expect(throws: AMQPError.self) { try await channel.publish(routed) }
            #expect(error?.code == .unroutable)
            try await channel.unbindQueue(queue, exchange: target, routingKey: "")
            try await channel.deleteExchange(source)
            try await channel.deleteExchange(target)
            #expect(try await channel.deleteQueue(queue) == 0)
        }
    }

    @Test func serverNamesAQueue() async throws {
        try await TestBroker.withChannel { _, channel in
            let status = try await channel.declareQueue(QueueDeclaration(name: "", isExclusive: true))
            #expect(status.name.hasPrefix("amq.gen-"))
        }
    }

    @Test func contradictingDeclarationFailsJustThatChannel() async throws {
        try await TestBroker.withQueue { name in
            try await TestBroker.withChannel { connection, channel in
                try await channel.declareQueue(QueueDeclaration(name: name))
                let other = try await connection.openChannel()
                let error = await #expect(throws: AMQPError.self) {
                    try await other.declareQueue(QueueDeclaration(name: name, isDurable: false))
                }
                #expect(error?.code == .channelClosedByBroker)
                #expect(error?.reply?.code == 406)
                #expect(error?.reply?.text.contains("PRECONDITION_FAILED") == true)
                #expect(error?.isRecoverable == false)
                let later = await #expect(throws: AMQPError.self) { try await other.qos(prefetch: 1) }
                #expect(later?.code == .closed)

                #expect(try await channel.declareQueue(QueueDeclaration(name: name), isPassive: true).name == name)
                let reopened = try await connection.openChannel()
                #expect(try await reopened.declareQueue(QueueDeclaration(name: name)).name == name)
                try await reopened.close()
            }
        }
    }

    @Test func missingQueueIs404() async throws {
        try await TestBroker.withChannel { connection, channel in
            let error = await #expect(throws: AMQPError.self) {
                try await channel.declareQueue(QueueDeclaration(name: TestBroker.uniqueName()), isPassive: true)
            }
            #expect(error?.reply?.code == 404)
            _ = try await connection.openChannel()
        }
    }

    @Test func tooLongNamesAreRefusedHere() async throws {
        try await TestBroker.withChannel { _, channel in
            let long = String(repeating: "q", count: 256)
            let error = await #expect(throws: AMQPError.self) {
                try await channel.declareQueue(QueueDeclaration(name: long))
            }
            #expect(error?.code == .invalidArgument)
            let publish = await #expect(throws: AMQPError.self) { try await channel.publish(message(long, "")) }
            #expect(publish?.code == .invalidArgument)
            try await channel.qos(prefetch: 1)
        }
    }

    @Test func propertiesTooLargeForAFrameAreRefusedHere() async throws {
        try await TestBroker.withQueue { name in
            try await TestBroker.withChannel { _, channel in
                try await channel.declareQueue(QueueDeclaration(name: name))
                try await channel.selectConfirms()
                var large = message(name, "x")
                large.properties.headers = ["x": .string(String(repeating: "x", count: 200_000))]
                let error = await #expect(throws: AMQPError.self) { try await channel.publish(large) }
                #expect(error?.code == .invalidArgument)
                try await channel.publish(message(name, "y"))
                let received = try await channel.take(name, isNoAck: true)
                #expect(received.message.body == Array("y".utf8))
            }
        }
    }

    @Test(arguments: [0, 1, 131_063, 131_064, 131_065, 262_128, 3_000_000])
    func bodiesOfManySizes(_ size: Int) async throws {
        try await TestBroker.withQueue { name in
            try await TestBroker.withChannel { _, channel in
                try await channel.declareQueue(QueueDeclaration(name: name))
                try await channel.selectConfirms()
                let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
                try await channel.publish(
                    OutgoingMessage(routingKey: name, properties: MessageProperties(), body: body)
                )
                let received = try await channel.take(name, isNoAck: true)
                #expect(received.message.body == body)
            }
        }
    }

    @Test func everyPropertyAndFieldTypePassesThroughTheBroker() async throws {
        try await TestBroker.withQueue { name in
            try await TestBroker.withChannel { _, channel in
                try await channel.declareQueue(QueueDeclaration(name: name))
                try await channel.selectConfirms()
                var properties = MessageProperties(
                    contentType: "application/json",
                    contentEncoding: "utf-8",
                    headers: [
                        "void": .void, "bool": .bool(true), "int8": .int8(-8), "uint8": .uint8(200),
                        "int16": .int16(-1600), "uint16": .uint16(60_000), "int32": .int32(-5), "uint32": .uint32(.max),
                        "int64": .int64(.min), "float": .float(0.5), "double": .double(-1e300),
                        "decimal": .decimal(scale: 3, unscaled: 3141), "string": .string("ünïcode"),
                        "bytes": .bytes([0, 1, 255]), "timestamp": .timestamp(1_700_000_000),
                        "array": .array([.int32(1), .array([.string("x")]), .table(["k": .void])]),
                        "table": .table(["nested": .table(["deep": .bool(false)])]),
                    ],
                    deliveryMode: 2,
                    priority: 7,
                    correlationID: "correlation",
                    replyTo: "somewhere",
                    expiration: "60000"
                )
                properties.messageID = "message"
                properties.timestamp = 1_600_000_000
                properties.type = "type"
                properties.userID = try TestBroker.endpoint().user
                properties.appID = "app"
                properties.clusterID = "cluster"
                try await channel.publish(OutgoingMessage(routingKey: name, properties: properties, body: [7]))
                let received = try await channel.take(name, isNoAck: true)
                // RabbitMQ 4 sorts a table by its names.
                #expect(received.message.properties.withSortedHeaders == properties.withSortedHeaders)
                #expect(received.message.queue == name)
            }
        }
    }

    @Test func closedConnectionSaysSo() async throws {
        let connection = try await AMQPConnection.connect(try TestBroker.configuration())
        let channel = try await connection.openChannel()
        #expect(connection.serverProperties["product"] == .string("RabbitMQ"))
        await connection.close()
        let error = await #expect(throws: AMQPError.self) { try await channel.qos(prefetch: 1) }
        #expect(error?.code == .closed)
        await #expect(throws: AMQPError.self) { _ = try await connection.openChannel() }
        await connection.close()
    }

    @Test func wrongPasswordIsRefusedAndNotShown() async throws {
        var endpoint = try TestBroker.endpoint()
        endpoint.password = "not-the-password"
        let configuration = try TestBroker.configuration(endpoint)
        let error = await #expect(throws: AMQPError.self) { _ = try await AMQPConnection.connect(configuration) }
        #expect(error?.code == .loginRefused)
        #expect(error?.reply?.code == 403)
        #expect(error?.description.contains("not-the-password") == false)
    }

    @Test func unknownVirtualHostIsRefused() async throws {
        var endpoint = try TestBroker.endpoint()
        endpoint.virtualHost = TestBroker.uniqueName()
        let configuration = try TestBroker.configuration(endpoint)
        let error = await #expect(throws: AMQPError.self) { _ = try await AMQPConnection.connect(configuration) }
        #expect(error?.isRecoverable == false)
        #expect(error?.reply?.code == 530)
    }
}

extension MessageProperties {
    /// The properties with the headers in the order of their names.
    fileprivate var withSortedHeaders: MessageProperties {
        var sorted = self
        sorted.headers?.entries.sort { $0.name < $1.name }
        // A quorum queue of RabbitMQ 3 counts deliveries, from 0 on.
        sorted.headers?["x-delivery-count"] = nil
        return sorted
    }
}
