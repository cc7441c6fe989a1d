public import BrokerModel
public import Logging

/// RabbitMQ behind the worker's seam: one connection to consume, one to publish, so that a broker that blocks
/// publishers does not stop acknowledgements.
public struct RabbitMQBroker: Broker {
    private let read: ConnectionConfiguration
    private let write: ConnectionConfiguration
    private let logger: Logger

    /// - Parameters:
    ///   - read: where to consume.
    ///   - write: where to publish.
    public init(read: ConnectionConfiguration, write: ConnectionConfiguration, logger: Logger) {
        self.read = read
        self.write = write
        self.logger = logger
    }

    public var address: BrokerAddress {
        guard let endpoint = read.endpoints.first else { return BrokerAddress(host: "", port: 0) }
        return BrokerAddress(
            host: endpoint.host,
            port: Int(endpoint.port),
            user: endpoint.user,
            virtualHost: endpoint.virtualHost,
            isTLS: endpoint.isTLS,
            connectTimeout: (endpoint.connectTimeout ?? read.connectTimeout) / .seconds(1),
            heartbeat: (endpoint.heartbeat ?? read.heartbeat) / .seconds(1),
            alternates: read.endpoints.dropFirst().map(\.description)
        )
    }

    public func makeConsumer(
        queues: [QueueTopology],
        prefetch: UInt16,
        handler: any DeliveryHandler,
        observer: @escaping @Sendable (LinkEvent) -> Void
    ) -> any BrokerConsumer {
        RabbitMQConsumer(read, queues, prefetch, handler, observer, logger)
    }

    public func makePublisher(observer: @escaping @Sendable (LinkEvent) -> Void) -> any BrokerPublisher {
        RabbitMQPublisher(write, observer, logger)
    }

    public func makeSession(
        retrying observer: (@Sendable (LinkEvent) -> Void)?
    ) async throws -> any BrokerSession {
        let connection: AMQPConnection
        if let observer {
            var dialer = Dialer(read, observer)
            connection = try await dialer.connect { _ in }
        } else {
            connection = try await AMQPConnection.connect(read)
        }
        return RabbitMQSession(connection, RabbitMQPublisher(write, { _ in }, logger))
    }
}
