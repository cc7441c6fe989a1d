import AMQP
import BrokerModel
import Testing

/// The consuming link on a healthy connection.
@Suite(.timeLimit(.minutes(3)))
struct AMQPConsumerTests {
    /// A running consumer of one queue, with a publisher beside it.
    private func withConsumer(
        _ name: String,
        prefetch: UInt16 = 50,
        manner: @escaping @Sendable (IncomingMessage) -> RecordingHandler.Manner = { _ in .settle(.ack) },
        change: (inout ConnectionConfiguration) -> Void = { _ in },
        _ body: (any BrokerConsumer, any BrokerPublisher, RecordingHandler) async throws -> Void
    ) async throws {
        let handler = RecordingHandler(manner)
        let broker = TestBroker.broker(try TestBroker.configuration(change: change))
        let consumer = broker.makeConsumer(
            queues: [TestBroker.topology(name)],
            prefetch: prefetch,
            handler: handler,
            observer: handler.observe
        )
        let publisher = broker.makePublisher { _ in }
        async let running: Void = consumer.run()
        do {
            try await eventually("consuming") { handler.consumingCount == 1 }
            try await body(consumer, publisher, handler)
        } catch {
            await consumer.close()
            await publisher.close()
            throw error
        }
        await consumer.close()
        await publisher.close()
        try await running
        handler.forgetHeld()
    }

    private func publish(_ count: Int, to name: String, _ publisher: any BrokerPublisher) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<count {
                group.addTask {
                    let message = OutgoingMessage(
                        routingKey: name,
                        properties: MessageProperties(),
                        body: Array("\(index)".utf8)
                    )
                    try await publisher.publish(message, timeout: .seconds(30))
                }
            }
            try await group.waitForAll()
        }
    }

    /// A quorum queue of RabbitMQ counts a consumer that was cancelled until its deliveries are settled.
    private func expectNoConsumer(of name: String, _ publisher: any BrokerPublisher) async throws {
        let count = try await publisher.consumerCount(of: name)
        #expect(count == 0 || TestBroker.hasQuorumQueues)
    }

    private func messageCount(_ name: String) async throws -> Int {
        try await TestBroker.withChannel { _, channel in
            try await channel.declareQueue(QueueDeclaration(name: name), isPassive: true).messageCount
        }
    }

    @Test func outOfOrderSettlementsAllReachTheBroker() async throws {
        try await TestBroker.withQueue { name in
            try await withConsumer(name, prefetch: 100, manner: { _ in .hold }) { _, publisher, handler in
                for round in 1...5 {
                    try await publish(100, to: name, publisher)
                    try await eventually { handler.count == round * 100 }
                    #expect(handler.settleHeld(.ack) { $0.shuffled() }.allSatisfy { $0 })
                }
            }
            #expect(try await messageCount(name) == 0)
        }
    }

    @Test func rejectedIsGoneAndRequeuedComesAgain() async throws {
        try await TestBroker.withQueue { name in
            try await withConsumer(
                name,
                manner: { message in
                    switch String(decoding: message.body, as: UTF8.self) {
                    case "0": .settle(.reject)
                    case "1": .settle(message.isRedelivered ? .ack : .requeue)
                    case "2": .settle(message.isRedelivered ? .ack : .rejectAndRequeue)
                    default: .settle(.ack)
                    }
                }
            ) { _, publisher, handler in
                try await publish(4, to: name, publisher)
                try await eventually { handler.count == 6 }
                #expect(handler.bodies.sorted() == ["0", "1", "1", "2", "2", "3"])
            }
            #expect(try await messageCount(name) == 0)
        }
    }

    @Test func leakedDeliveryIsRequeuedAndReported() async throws {
        try await TestBroker.withQueue { name in
            try await withConsumer(name, manner: { $0.isRedelivered ? .settle(.ack) : .leak }) {
                _,
                publisher,
                handler in
                try await publish(3, to: name, publisher)
                try await eventually { handler.count == 6 }
                let leaks = handler.events.count { if case .leakedDelivery = $0 { true } else { false } }
                #expect(leaks == 3)
            }
            #expect(try await messageCount(name) == 0)
        }
    }

    @Test func prefetchBoundsAndChangesWithoutAGap() async throws {
        try await TestBroker.withQueue { name in
            try await withConsumer(name, prefetch: 3, manner: { _ in .hold }) { consumer, publisher, handler in
                try await publish(50, to: name, publisher)
                try await eventually { handler.count == 3 }
                await consumer.setPrefetch(10)
                // The old consumer's three stay held; the new one has its own ten.
                try await eventually { handler.count == 13 }
                #expect(try await messageCount(name) == 37)
                #expect(handler.settleHeld(.ack).allSatisfy { $0 })
                try await eventually { handler.count == 23 }
                #expect(try await publisher.consumerCount(of: name) == 1)
            }
            try await eventually { try await self.messageCount(name) == 37 }
        }
    }

    @Test func stopKeepsReceiptsValidAndCloseGivesTheRestBack() async throws {
        try await TestBroker.withQueue { name in
            try await withConsumer(name, prefetch: 5, manner: { _ in .hold }) { consumer, publisher, handler in
                try await publish(10, to: name, publisher)
                try await eventually { handler.count == 5 }
                await consumer.stopConsuming()
                try await expectNoConsumer(of: name, publisher)
                #expect(handler.settleHeld(.ack) { Array($0.prefix(2)) } == [true, true])
                try await publish(5, to: name, publisher)
                #expect(handler.count == 5)
                await consumer.close()
                try await eventually { try await self.messageCount(name) == 13 }
            }
        }
    }

    @Test func aPauseEndsDeliveriesAndANewPrefetchResumesThem() async throws {
        try await TestBroker.withQueue { name in
            try await withConsumer(name, prefetch: 2, manner: { _ in .hold }) { consumer, publisher, handler in
                try await publish(10, to: name, publisher)
                try await eventually { handler.count == 2 }
                await consumer.pause()
                try await expectNoConsumer(of: name, publisher)
                #expect(handler.settleHeld(.ack) == [true, true])
                // Longer than it takes to check that every queue has its consumer: while paused, none is wanted.
                try await Task.sleep(for: .milliseconds(5500))
                try await expectNoConsumer(of: name, publisher)
                #expect(handler.count == 2)
                await consumer.setPrefetch(3)
                try await eventually { handler.count == 5 }
                #expect(try await publisher.consumerCount(of: name) == 1)
            }
        }
    }

    @Test func aReconnectDuringAPauseConsumesWhenThePauseEnds() async throws {
        try await TestBroker.withQueue { name in
            try await TestBroker.withProxy { proxy, endpoint in
                let handler = RecordingHandler { _ in .hold }
                let consumer = TestBroker.broker(try TestBroker.configuration(endpoint)).makeConsumer(
                    queues: [TestBroker.topology(name)],
                    prefetch: 2,
                    handler: handler,
                    observer: handler.observe
                )
                let publisher = TestBroker.broker(try TestBroker.configuration()).makePublisher { _ in }
                async let running: Void = consumer.run()
                try await eventually { handler.consumingCount == 1 }
                await consumer.pause()
                proxy.cut()
                try await eventually {
                    handler.events.count { if case .connected = $0 { true } else { false } } == 2
                }
                try await publish(5, to: name, publisher)
                #expect(handler.consumingCount == 1)
                #expect(handler.count == 0)
                await consumer.setPrefetch(3)
                try await eventually { handler.count == 3 && handler.consumingCount == 2 }
                await consumer.close()
                await publisher.close()
                try await running
                handler.forgetHeld()
            }
        }
    }

    @Test func aSingleActiveQueueKeepsItsConsumerToTheEnd() async throws {
        let names = [TestBroker.uniqueName(), TestBroker.uniqueName()]
        let topologies = names.enumerated().map { index, name in
            let arguments: FieldTable = index == 0 ? [QueueTopology.singleActiveConsumer: .bool(true)] : [:]
            return QueueTopology(
                queue: QueueDeclaration(name: name, arguments: arguments),
                exchange: nil,
                routingKey: name
            )
        }
        let handler = RecordingHandler { _ in .hold }
        let broker = TestBroker.broker(try TestBroker.configuration())
        let consumer = broker.makeConsumer(queues: topologies, prefetch: 4, handler: handler, observer: handler.observe)
        let publisher = broker.makePublisher { _ in }
        async let running: Void = consumer.run()
        try await eventually { handler.consumingCount == 1 }
        for name in names { try await publish(10, to: name, publisher) }
        // One and four.
        try await eventually { handler.count == 5 }
        #expect(try await publisher.consumerCount(of: names[0]) == 1)
        await consumer.setPrefetch(5)
        try await eventually { handler.count == 10 }
        #expect(handler.messages.count { $0.queue == names[0] } == 1)
        await consumer.pause()
        #expect(try await publisher.consumerCount(of: names[0]) == 1)
        try await expectNoConsumer(of: names[1], publisher)
        await consumer.stopConsuming(keepsSingleActive: true)
        #expect(try await publisher.consumerCount(of: names[0]) == 1)
        await consumer.stopConsuming()
        try await expectNoConsumer(of: names[0], publisher)
        await consumer.close()
        try await running
        await publisher.close()
        handler.forgetHeld()
        try await TestBroker.withChannel { _, channel in
            for name in names { _ = try await channel.deleteQueue(name) }
        }
    }

    @Test func settlementsBeforeCloseAreSent() async throws {
        try await TestBroker.withQueue { name in
            try await withConsumer(name, prefetch: 200, manner: { _ in .hold }) { consumer, publisher, handler in
                try await publish(200, to: name, publisher)
                try await eventually { handler.count == 200 }
                #expect(handler.settleHeld(.ack).allSatisfy { $0 })
                await consumer.close()
                #expect(try await messageCount(name) == 0)
            }
        }
    }

    @Test func deletedQueueIsDeclaredAndConsumedAgain() async throws {
        try await TestBroker.withQueue { name in
            try await withConsumer(name) { _, publisher, handler in
                try await TestBroker.withChannel { _, channel in _ = try await channel.deleteQueue(name) }
                try await eventually { handler.consumingCount == 2 }
                #expect(handler.events.contains { if case .consumerCancelled(name) = $0 { true } else { false } })
                try await publish(3, to: name, publisher)
                try await eventually { handler.count == 3 }
                #expect(try await publisher.consumerCount(of: name) == 1)
            }
        }
    }

    @Test func consumesFromManyQueuesAndNamesEachOne() async throws {
        let names = (0..<4).map { _ in TestBroker.uniqueName() }
        let handler = RecordingHandler()
        let broker = TestBroker.broker(try TestBroker.configuration())
        let topologies = names.map { name in
            QueueTopology(queue: QueueDeclaration(name: name, isAutoDelete: true), exchange: nil, routingKey: name)
        }
        let consumer = broker.makeConsumer(queues: topologies, prefetch: 5, handler: handler, observer: handler.observe)
        let publisher = broker.makePublisher { _ in }
        async let running: Void = consumer.run()
        try await eventually { handler.consumingCount == 1 }
        for name in names.reversed() { try await publish(5, to: name, publisher) }
        try await eventually { handler.count == 20 }
        for name in names {
            #expect(handler.messages.count { $0.queue == name && $0.routingKey == name && $0.exchange == "" } == 5)
        }
        await consumer.close()
        try await running
        await publisher.close()
        handler.forgetHeld()
    }

    @Test func oversizedBodyIsRefusedUnreadAndTheRestFlows() async throws {
        try await TestBroker.withQueue { name in
            try await withConsumer(name, change: { $0.maxMessageBytes = 200_000 }) { _, publisher, handler in
                let large = OutgoingMessage(
                    routingKey: name,
                    properties: MessageProperties(),
                    body: [UInt8](repeating: 1, count: 1_000_000)
                )
                try await publisher.publish(large, timeout: .seconds(30))
                try await publish(2, to: name, publisher)
                try await eventually { handler.count == 2 }
                #expect(handler.events.contains { if case .refusedDelivery(name, _) = $0 { true } else { false } })
            }
            #expect(try await messageCount(name) == 0)
        }
    }

    @Test func unreadablePropertiesCostOneMessageNotTheConnection() async throws {
        try await TestBroker.withQueue { name in
            try await withConsumer(name) { _, publisher, handler in
                let endpoint = try TestBroker.endpoint()
                let raw = try RawPublisher(
                    host: endpoint.host,
                    port: endpoint.port,
                    user: endpoint.user,
                    password: endpoint.password,
                    virtualHost: endpoint.virtualHost
                )
                // Flags that announce more flags: RabbitMQ 3 passes them on, and librabbitmq can't read them. 4 leaves them out.
                try raw.publish(to: name, propertyBytes: raw.be16(1 << 15 | 1) + raw.short("text/plain"), body: [1])
                // Tables in tables, deeper than is taken.
                let deep = (0..<5000).reduce([UInt8]()) { table, _ in
                    raw.short("k") + [UInt8(ascii: "F")] + raw.be32(table.count) + table
                }
                try raw.publish(to: name, propertyBytes: raw.be16(1 << 13) + raw.be32(deep.count) + deep, body: [2])
                // Texts that are no UTF-8.
                try raw.publish(to: name, propertyBytes: raw.be16(1 << 15) + [2, 0xFF, 0xFE], body: [3])
                try await publish(1, to: name, publisher)
                let refused = {
                    handler.events.count { if case .refusedDelivery(name, _) = $0 { true } else { false } }
                }
                try await eventually { handler.count + refused() == 4 }
                let mended = handler.messages.first { $0.body == [1] }
                #expect(refused() == (mended == nil ? 2 : 1))
                #expect(mended == nil || mended?.properties.contentType == "text/plain")
                let third = handler.messages.first { $0.body == [3] }
                #expect(third?.properties.contentType == "\u{FFFD}\u{FFFD}")
                #expect(handler.consumingCount == 1)
            }
            #expect(try await messageCount(name) == 0)
        }
    }

    @Test func contradictingDeclarationEndsRun() async throws {
        try await TestBroker.withQueue { name in
            try await TestBroker.withChannel { _, channel in
                _ = try await channel.declareQueue(QueueDeclaration(name: name, isDurable: false))
            }
            let handler = RecordingHandler()
            let consumer = TestBroker.broker(try TestBroker.configuration()).makeConsumer(
                queues: [TestBroker.topology(name)],
                prefetch: 1,
                handler: handler,
                observer: handler.observe
            )
            let error = await #expect(throws: AMQPError.self) { try await consumer.run() }
            #expect(error?.reply?.code == 406)
        }
    }

    @Test func messagesWithoutEndReachEveryConsumerOnce() async throws {
        try await TestBroker.withQueue { name in
            try await withConsumer(name, prefetch: 80) { _, publisher, handler in
                try await publish(5000, to: name, publisher)
                try await eventually(within: .seconds(60)) { handler.count == 5000 }
                #expect(Set(handler.bodies).count == 5000)
                #expect(handler.messages.allSatisfy { !$0.isRedelivered })
            }
            #expect(try await messageCount(name) == 0)
        }
    }
}
