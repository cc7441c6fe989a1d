import AMQP
import BrokerModel
import Testing

/// Confirms, returns and deadlines.
@Suite(.timeLimit(.minutes(3)))
struct AMQPPublisherTests {
    private func message(_ queue: String, _ text: String, exchange: String = "") -> OutgoingMessage {
        OutgoingMessage(
            exchange: exchange,
            routingKey: queue,
            properties: MessageProperties(correlationID: text),
            body: Array(text.utf8)
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

    @Test func manyThousandsAtOnceAreAllConfirmed() async throws {
        try await TestBroker.withQueue { name in
            let publisher = TestBroker.broker(try TestBroker.configuration()).makePublisher { _ in }
            try await publisher.declare(TestBroker.topology(name))
            let count = 10_000
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<count {
                    group.addTask { try await publisher.publish(self.message(name, "\(index)"), timeout: .seconds(60)) }
                }
                try await group.waitForAll()
            }
            await publisher.close()
            try await TestBroker.withChannel { _, channel in
                let status = try await channel.declareQueue(QueueDeclaration(name: name), isPassive: true)
                #expect(status.messageCount == count)
            }
        }
    }

    @Test func returnsGoToExactlyTheirPublishers() async throws {
        try await TestBroker.withQueue { name in
            let publisher = TestBroker.broker(try TestBroker.configuration()).makePublisher { _ in }
            try await publisher.declare(TestBroker.topology(name))
            let missing = TestBroker.uniqueName("missing")
            let wrong = Recorder<String>()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<2000 {
                    group.addTask {
                        let isLost = index % 3 == 0
                        let queue = isLost ? missing : name
                        let failure = await self.failure {
                            try await publisher.publish(self.message(queue, "\(index)"), timeout: .seconds(60))
                        }
                        let isRight =
                            isLost ? failure?.code == .unroutable && failure?.reply?.code == 312 : failure == nil
                        if !isRight { wrong.add("\(index): \(String(describing: failure))") }
                    }
                }
                try await group.waitForAll()
            }
            #expect(wrong.values == [])
            await publisher.close()
        }
    }

    @Test func equalTargetsAreToldApartByTheirContent() async throws {
        try await TestBroker.withQueue { name in
            let publisher = TestBroker.broker(try TestBroker.configuration()).makePublisher { _ in }
            // A headers exchange routes by header: same exchange, same key, other fate.
            try await TestBroker.withChannel { _, channel in
                try await channel.declareExchange(ExchangeDeclaration(name: name, type: .headers))
                try await channel.declareQueue(QueueDeclaration(name: name))
                try await channel.bindQueue(name, exchange: name, routingKey: "", arguments: ["good": .bool(true)])
            }
            await withTaskGroup(of: Void.self) { group in
                for index in 0..<300 {
                    group.addTask {
                        var message = self.message("", "\(index)", exchange: name)
                        message.properties.headers = ["good": .bool(index % 2 == 0)]
                        let failure = await self.failure { try await publisher.publish(message, timeout: .seconds(60)) }
                        #expect(failure?.code == (index % 2 == 0 ? nil : .unroutable))
                    }
                }
            }
            await publisher.close()
        }
    }

    @Test func unroutableIsFineWhenNotMandatory() async throws {
        let publisher = TestBroker.broker(try TestBroker.configuration()).makePublisher { _ in }
        var lost = message(TestBroker.uniqueName(), "x")
        lost.isMandatory = false
        try await publisher.publish(lost, timeout: .seconds(10))
        await publisher.close()
    }

    @Test func missingExchangeFailsOnlyItsOwnPublishes() async throws {
        try await TestBroker.withQueue { name in
            let handler = RecordingHandler()
            let publisher = TestBroker.broker(try TestBroker.configuration()).makePublisher(observer: handler.observe)
            try await publisher.declare(TestBroker.topology(name))
            let missing = TestBroker.uniqueName("no-exchange")
            await withTaskGroup(of: Void.self) { group in
                for index in 0..<300 {
                    group.addTask {
                        let isLost = index == 150
                        let message = self.message(name, "\(index)", exchange: isLost ? missing : "")
                        let failure = await self.failure { try await publisher.publish(message, timeout: .seconds(30)) }
                        #expect(failure?.reply?.code == (isLost ? 404 : nil))
                    }
                }
            }
            #expect(handler.events.contains { if case .closedByBroker(404, _) = $0 { true } else { false } })
            await publisher.close()
        }
    }

    @Test func refusedDeclarationLeavesPublishingAlone() async throws {
        try await TestBroker.withQueue { name in
            let publisher = TestBroker.broker(try TestBroker.configuration()).makePublisher { _ in }
            try await publisher.declare(TestBroker.topology(name))
            var other = TestBroker.topology(name)
            other.queue.isDurable = false
            let refused = await failure { try await publisher.declare(other) }
            #expect(refused?.reply?.code == 406)
            try await publisher.publish(message(name, "x"), timeout: .seconds(10))
            #expect(try await publisher.consumerCount(of: name) == 0)
            #expect(try await publisher.consumerCount(of: TestBroker.uniqueName()) == nil)
            await publisher.close()
        }
    }

    @Test func deadlineEndsAPublishWithoutBroker() async throws {
        let (listener, port) = try TCPProxy.listen()
        defer { _ = listener.shutDownAndClose() }
        let configuration = try TestBroker.configuration(Endpoint(port: port)) { $0.connectTimeout = .seconds(30) }
        let publisher = TestBroker.broker(configuration).makePublisher { _ in }
        let start = ContinuousClock.now
        let late = await failure { try await publisher.publish(message("x", "x"), timeout: .milliseconds(300)) }
        #expect(late?.code == .timeout)
        #expect(ContinuousClock.now - start < .seconds(20))
        await publisher.close()
        #expect(ContinuousClock.now - start < .seconds(25))
    }

    @Test func closedPublisherRefuses() async throws {
        let publisher = TestBroker.broker(try TestBroker.configuration()).makePublisher { _ in }
        await publisher.close()
        let refused = await failure { try await publisher.publish(message("x", "x"), timeout: .seconds(1)) }
        #expect(refused?.code == .closed)
        let unused = await failure { try await publisher.run() }
        #expect(unused == nil)
    }

    @Test func refusedLoginFailsRunAndPublishes() async throws {
        var endpoint = try TestBroker.endpoint()
        endpoint.password = "wrong"
        let publisher = TestBroker.broker(try TestBroker.configuration(endpoint)).makePublisher { _ in }
        let refused = await failure { try await publisher.publish(message("x", "x"), timeout: .seconds(20)) }
        #expect(refused?.code == .loginRefused)
        let run = await failure { try await publisher.run() }
        #expect(run?.code == .loginRefused)
        await publisher.close()
    }

    @Test func unconfirmedMessagesSurviveCuts() async throws {
        try await TestBroker.withQueue { name in
            try await TestBroker.withProxy { proxy, endpoint in
                let publisher = TestBroker.broker(try TestBroker.configuration(endpoint)).makePublisher { _ in }
                try await publisher.declare(TestBroker.topology(name))
                let confirmed = Recorder<Int>()
                let count = 3000
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for worker in 0..<50 {
                        group.addTask {
                            for index in stride(from: worker, to: count, by: 50) {
                                let message = self.message(name, "\(index)")
                                try await publisher.publish(message, timeout: .seconds(60))
                                confirmed.add(index)
                            }
                        }
                    }
                    group.addTask {
                        for part in 1...5 {
                            try await eventually(within: .seconds(60)) { confirmed.count > part * count / 8 }
                            proxy.cut()
                        }
                    }
                    try await group.waitForAll()
                }
                await publisher.close()
                #expect(proxy.acceptedCount >= 6)
                let bodies = try await drain(name)
                #expect(Set(bodies).count == count)
            }
        }
    }

    private func drain(_ queue: String) async throws -> [String] {
        try await TestBroker.withChannel { _, channel in
            var bodies: [String] = []
            while let received = try await channel.get(queue, isNoAck: true) {
                bodies.append(String(decoding: received.message.body, as: UTF8.self))
            }
            return bodies
        }
    }
}
