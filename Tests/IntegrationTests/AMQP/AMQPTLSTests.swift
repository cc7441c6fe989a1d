import AMQP
import BrokerModel
import Testing

/// TLS: verification on, off and failing; traffic in both directions.
@Suite(.timeLimit(.minutes(2)))
struct AMQPTLSTests {
    private func withFront(
        requiresClientCertificate: Bool = false,
        _ body: (TLSFront, Endpoint) async throws -> Void
    ) async throws {
        var endpoint = try TestBroker.endpoint()
        let front = try await TLSFront.start(to: endpoint, requiresClientCertificate: requiresClientCertificate)
        defer { front.stop() }
        endpoint.isTLS = true
        endpoint.host = "localhost"
        endpoint.port = front.port
        try await body(front, endpoint)
    }

    private func failure(_ configuration: ConnectionConfiguration) async -> AMQPError? {
        await #expect(throws: AMQPError.self) { _ = try await AMQPConnection.connect(configuration) }
    }

    @Test func carriesEverythingWithVerifiedPeer() async throws {
        try await withFront { front, endpoint in
            try await TestBroker.withQueue { name in
                let configuration = try TestBroker.configuration(endpoint) { $0.tls.caFile = front.caFile }
                let handler = RecordingHandler()
                let broker = TestBroker.broker(configuration)
                let consumer = broker.makeConsumer(
                    queues: [TestBroker.topology(name)],
                    prefetch: 50,
                    handler: handler,
                    observer: handler.observe
                )
                async let running: Void = consumer.run()
                let publisher = broker.makePublisher { _ in }
                try await eventually { handler.consumingCount == 1 }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for index in 0..<500 {
                        group.addTask {
                            let size = index == 250 ? 2_000_000 : index
                            let message = OutgoingMessage(
                                routingKey: name,
                                properties: MessageProperties(headers: ["index": .int32(Int32(index))]),
                                body: [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: size)
                            )
                            try await publisher.publish(message, timeout: .seconds(30))
                        }
                    }
                    try await group.waitForAll()
                }
                try await eventually { handler.count == 500 }
                #expect(Set(handler.messages.map(\.body.count)).count == 500)
                await consumer.close()
                try await running
                await publisher.close()
            }
        }
    }

    /// Here a write fails while a publish is being carried out, and the publish still has one owner.
    @Test func publishesAreConfirmedAcrossCuts() async throws {
        try await withFront { front, endpoint in
            let proxy = try TCPProxy(to: "127.0.0.1", endpoint.port)
            defer { proxy.stop() }
            var endpoint = endpoint
            endpoint.port = proxy.port
            let configuration = try TestBroker.configuration(endpoint) { $0.tls.caFile = front.caFile }
            try await TestBroker.withQueue { name in
                try await TestBroker.withChannel { _, channel in
                    _ = try await channel.declareQueue(QueueDeclaration(name: name))
                }
                let publisher = TestBroker.broker(configuration).makePublisher { _ in }
                async let running: Void = publisher.run()
                let cuts = Recorder<Int>()
                let published = Recorder<Int>()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<50 {
                        group.addTask {
                            // There is always one to be carried out when the connection ends.
                            while cuts.count < 10 {
                                let body = [UInt8](repeating: 1, count: 20_000)
                                let message = OutgoingMessage(
                                    routingKey: name,
                                    properties: MessageProperties(),
                                    body: body
                                )
                                try await publisher.publish(message, timeout: .seconds(60))
                                published.add(body.count)
                            }
                        }
                    }
                    group.addTask {
                        for round in 1...10 {
                            try await eventually("more is published") {
                                published.count >= 100 * round
                            }
                            proxy.cut()
                            cuts.add(round)
                        }
                    }
                    try await group.waitForAll()
                }
                await publisher.close()
                try? await running
                try await TestBroker.withChannel { _, channel in
                    let count = try await channel.messageCount(name)
                    #expect(count >= published.count)
                }
            }
        }
    }

    @Test func heartbeatsKeepAQuietConnection() async throws {
        try await withFront { front, endpoint in
            let configuration = try TestBroker.configuration(endpoint) { configuration in
                configuration.tls.caFile = front.caFile
                configuration.heartbeat = .seconds(1)
            }
            let connection = try await AMQPConnection.connect(configuration)
            let channel = try await connection.openChannel()
            try await Task.sleep(for: .seconds(4))
            try await channel.qos(prefetch: 1)
            await connection.close()
        }
    }

    @Test func unknownAuthorityIsRefused() async throws {
        try await withFront { front, endpoint in
            let stranger = try TestBroker.configuration(endpoint) { $0.tls.caFile = front.strangerFile }
            #expect(await failure(stranger)?.code == .connectFailed)
            let system = try TestBroker.configuration(endpoint)
            #expect(await failure(system)?.code == .connectFailed)
            let unverified = try TestBroker.configuration(endpoint) { configuration in
                configuration.tls.caFile = front.strangerFile
                configuration.tls.verifiesPeer = false
            }
            try await AMQPConnection.connect(unverified).close()
        }
    }

    @Test func otherHostNameIsRefused() async throws {
        try await withFront { front, endpoint in
            var byAddress = endpoint
            byAddress.host = "127.0.0.1"
            let strict = try TestBroker.configuration(byAddress) { $0.tls.caFile = front.caFile }
            #expect(await failure(strict)?.code == .connectFailed)
            let lax = try TestBroker.configuration(byAddress) { configuration in
                configuration.tls.caFile = front.caFile
                configuration.tls.verifiesHostName = false
            }
            try await AMQPConnection.connect(lax).close()
        }
    }

    @Test func clientCertificateIsShown() async throws {
        try await withFront(requiresClientCertificate: true) { front, endpoint in
            let bare = try TestBroker.configuration(endpoint) { $0.tls.caFile = front.caFile }
            #expect(await failure(bare)?.code == .connectFailed)
            let known = try TestBroker.configuration(endpoint) { configuration in
                configuration.tls = TLSOptions(
                    caFile: front.caFile,
                    certFile: front.clientCertificate,
                    keyFile: front.clientKey
                )
            }
            try await AMQPConnection.connect(known).close()
        }
    }

    @Test func missingFileIsNamed() async throws {
        var endpoint = try TestBroker.endpoint()
        endpoint.isTLS = true
        let configuration = try TestBroker.configuration(endpoint) { $0.tls.caFile = "/no/such/file.pem" }
        #expect(await failure(configuration)?.message.contains("/no/such/file.pem") == true)
    }
}
