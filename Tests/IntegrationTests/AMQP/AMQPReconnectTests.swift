import AMQP
import BrokerModel
import Testing

/// Bad networks.
@Suite(.timeLimit(.minutes(3)))
struct AMQPReconnectTests {
    private func consumer(
        _ name: String,
        _ configuration: ConnectionConfiguration,
        _ handler: RecordingHandler
    ) -> any BrokerConsumer {
        TestBroker.broker(configuration).makeConsumer(
            queues: [TestBroker.topology(name)],
            prefetch: 20,
            handler: handler,
            observer: handler.observe
        )
    }

    private func publish(_ text: String, to name: String) async throws {
        try await TestBroker.withChannel { _, channel in
            try await channel.selectConfirms()
            try await channel.publish(
                OutgoingMessage(routingKey: name, properties: MessageProperties(), body: Array(text.utf8))
            )
        }
    }

    @Test func consumesAgainAfterEachCutAndOldReceiptsSettleNothing() async throws {
        try await TestBroker.withQueue { name in
            try await TestBroker.withProxy { proxy, endpoint in
                let handler = RecordingHandler { _ in .hold }
                let consumer = consumer(name, try TestBroker.configuration(endpoint), handler)
                async let running: Void = consumer.run()
                for round in 1...5 {
                    try await eventually("consuming") { handler.consumingCount == round }
                    if round == 1 { try await publish("task", to: name) }
                    try await eventually("delivery \(round)") { handler.count == round }
                    #expect(handler.messages.last?.isRedelivered == (round > 1))
                    // Otherwise the message may be here again before this test looks.
                    proxy.refuse(true)
                    let losses = handler.lossCount
                    proxy.cut()
                    try await eventually("loss") { handler.lossCount > losses }
                    #expect(handler.settleHeld(.ack) == [false])
                    proxy.refuse(false)
                }
                try await eventually { handler.count == 6 }
                #expect(handler.settleHeld(.ack) == [true])
                await consumer.close()
                try await running
                try await TestBroker.withChannel { _, channel in
                    let left = try await channel.messageCount(name)
                    #expect(left == 0)
                }
            }
        }
    }

    @Test func heartbeatsKeepAQuietConnection() async throws {
        try await TestBroker.withQueue { name in
            let handler = RecordingHandler()
            let configuration = try TestBroker.configuration { $0.heartbeat = .seconds(1) }
            let consumer = consumer(name, configuration, handler)
            async let running: Void = consumer.run()
            try await eventually { handler.consumingCount == 1 }
            // The broker closes a connection that sends nothing for two heartbeats, this side one that says nothing.
            try await Task.sleep(for: .seconds(5))
            try await publish("x", to: name)
            try await eventually { handler.count == 1 }
            #expect(handler.consumingCount == 1)
            #expect(handler.lossCount == 0)
            await consumer.close()
            try await running
        }
    }

    @Test func silentPeerIsGivenUpAfterTwoHeartbeats() async throws {
        try await TestBroker.withQueue { name in
            try await TestBroker.withProxy { proxy, endpoint in
                let handler = RecordingHandler()
                let configuration = try TestBroker.configuration(endpoint) { $0.heartbeat = .seconds(1) }
                let consumer = consumer(name, configuration, handler)
                async let running: Void = consumer.run()
                try await eventually { handler.consumingCount == 1 }
                proxy.freeze()
                try await eventually(within: .seconds(10), "loss noticed") { handler.lossCount > 0 }
                proxy.thaw()
                try await eventually(within: .seconds(20), "consuming again") { handler.consumingCount == 2 }
                await consumer.close()
                try await running
            }
        }
    }

    @Test func publishesToAPeerThatStopsReadingEndAtTheirDeadline() async throws {
        try await TestBroker.withQueue { name in
            try await TestBroker.withProxy { proxy, endpoint in
                let configuration = try TestBroker.configuration(endpoint) { $0.rpcTimeout = .seconds(10) }
                let publisher = TestBroker.broker(configuration).makePublisher { _ in }
                try await publisher.declare(TestBroker.topology(name))
                proxy.freeze()
                let start = ContinuousClock.now
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<30 {
                        group.addTask {
                            let message = OutgoingMessage(
                                routingKey: name,
                                properties: MessageProperties(),
                                body: [UInt8](repeating: 0, count: 1 << 20)
                            )
                            let error = await #expect(throws: AMQPError.self) {
                                try await publisher.publish(message, timeout: .seconds(1))
                            }
                            #expect(error?.code == .timeout)
                        }
                    }
                }
                await publisher.close()
                #expect(ContinuousClock.now - start < .seconds(40))
                proxy.thaw()
            }
        }
    }

    @Test func connectTimesOutOnABlackHole() async throws {
        let (listener, port) = try TCPProxy.listen()
        defer { listener.shutDownAndClose() }
        let configuration = try TestBroker.configuration(Endpoint(port: port)) {
            $0.connectTimeout = .milliseconds(300)
        }
        let start = ContinuousClock.now
        let error = await #expect(throws: AMQPError.self) { _ = try await AMQPConnection.connect(configuration) }
        #expect(error?.code == .connectFailed)
        #expect(error?.isRecoverable == true)
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test func closeDoesNotWaitForABlackHole() async throws {
        let (listener, port) = try TCPProxy.listen()
        defer { listener.shutDownAndClose() }
        let configuration = try TestBroker.configuration(Endpoint(port: port)) { $0.connectTimeout = .seconds(30) }
        let handler = RecordingHandler()
        let consumer = consumer("x", configuration, handler)
        async let running: Void = consumer.run()
        try await Task.sleep(for: .milliseconds(100))
        let start = ContinuousClock.now
        await consumer.close()
        try await running
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test func givesUpPastTheLimit() async throws {
        let (listener, port) = try TCPProxy.listen()
        listener.shutDownAndClose()
        let configuration = try TestBroker.configuration(Endpoint(port: port)) { configuration in
            configuration.retry.limit = 2
            configuration.retry.initial = .milliseconds(30)
        }
        let handler = RecordingHandler()
        let error = await #expect(throws: AMQPError.self) {
            try await consumer("x", configuration, handler).run()
        }
        #expect(error?.code == .retryLimit)
        let attempts = handler.events.compactMap { event -> Int? in
            if case .disconnected(_, _, let attempt, 2, _) = event { attempt } else { nil }
        }
        #expect(attempts == [1, 2])
    }

    @Test func startupWithoutRetryFailsAtOnce() async throws {
        let (listener, port) = try TCPProxy.listen()
        listener.shutDownAndClose()
        let configuration = try TestBroker.configuration(Endpoint(port: port)) { $0.retry.onStartup = false }
        let handler = RecordingHandler()
        let error = await #expect(throws: AMQPError.self) {
            try await consumer("x", configuration, handler).run()
        }
        #expect(error?.code == .connectFailed)
        #expect(handler.events.isEmpty)
    }

    @Test func failsOverThroughTheList() async throws {
        try await TestBroker.withQueue { name in
            let (listener, port) = try TCPProxy.listen()
            listener.shutDownAndClose()
            try await TestBroker.withProxy { proxy, endpoint in
                let direct = try TestBroker.endpoint()
                let configuration = try TestBroker.configuration { configuration in
                    configuration.endpoints = [Endpoint(port: port), endpoint, direct]
                }
                let handler = RecordingHandler()
                let consumer = consumer(name, configuration, handler)
                async let running: Void = consumer.run()
                try await eventually { handler.consumingCount == 1 }
                #expect(handler.connectedEndpoints == [endpoint.description])
                proxy.refuse(true)
                proxy.cut()
                try await eventually { handler.consumingCount == 2 }
                #expect(handler.connectedEndpoints == [endpoint.description, direct.description])
                await consumer.close()
                try await running
            }
        }
    }

    @Test func queueDeletedWhileAwayIsDeclaredAgain() async throws {
        try await TestBroker.withQueue { name in
            try await TestBroker.withProxy { proxy, endpoint in
                let handler = RecordingHandler()
                let consumer = consumer(name, try TestBroker.configuration(endpoint), handler)
                async let running: Void = consumer.run()
                try await eventually { handler.consumingCount == 1 }
                proxy.refuse(true)
                proxy.cut()
                try await TestBroker.withChannel { _, channel in _ = try await channel.deleteQueue(name) }
                proxy.refuse(false)
                try await eventually { handler.consumingCount == 2 }
                try await publish("x", to: name)
                try await eventually { handler.count == 1 }
                await consumer.close()
                try await running
            }
        }
    }
}

extension RecordingHandler {
    /// The endpoints of `connected` events, in order.
    var connectedEndpoints: [String] {
        events.compactMap { if case .connected(let endpoint) = $0 { endpoint } else { nil } }
    }
}
