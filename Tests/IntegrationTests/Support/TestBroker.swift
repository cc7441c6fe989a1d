import AMQP
import BrokerModel
import Logging
import Testing

/// The RabbitMQ that the integration tests use.
enum TestBroker {
    /// The broker's URL, from `SWIFTWORKER_TEST_BROKER`.
    ///
    /// A missing one fails the test: a test that skips itself proves nothing.
    static func url() throws -> String {
        try #require(
            environment("SWIFTWORKER_TEST_BROKER"),
            "SWIFTWORKER_TEST_BROKER is not set: start the services with `make services`"
        )
    }

    /// Whether queues that are declared without a type are quorum queues in the test broker's virtual host.
    static var hasQuorumQueues: Bool { environment("SWIFTWORKER_TEST_QUEUE_TYPE") == "quorum" }

    /// The broker's URL with another port on this machine, for a worker that is to go through a proxy.
    static func url(of endpoint: Endpoint) -> String {
        "amqp://\(endpoint.user):\(endpoint.password)@127.0.0.1:\(endpoint.port)/\(endpoint.virtualHost)"
    }

    static func endpoint() throws -> Endpoint {
        try #require(try Endpoint.parse(list: url()).first)
    }

    /// A configuration with short times, so that failures show soon.
    static func configuration(
        _ endpoint: Endpoint? = nil,
        change: (inout ConnectionConfiguration) -> Void = { _ in }
    ) throws -> ConnectionConfiguration {
        var configuration = ConnectionConfiguration(endpoints: [try endpoint ?? self.endpoint()])
        configuration.retry = RetryPolicy(minimum: .milliseconds(20), initial: .milliseconds(100), maximum: .seconds(1))
        change(&configuration)
        return configuration
    }

    static func broker(_ configuration: ConnectionConfiguration) -> RabbitMQBroker {
        RabbitMQBroker(read: configuration, write: configuration, logger: Logger(label: "test"))
    }

    /// A name that no other test uses.
    static func uniqueName(_ prefix: String = "test") -> String {
        "\(prefix).\(UInt64.random(in: 0 ... .max))"
    }

    static func topology(_ name: String) -> QueueTopology {
        QueueTopology(
            queue: QueueDeclaration(name: name),
            exchange: ExchangeDeclaration(name: name),
            routingKey: name
        )
    }

    /// Gives a body the name of a queue of its own, and deletes queue and exchange of that name on every path.
    static func withQueue(_ body: (String) async throws -> Void) async throws {
        let name = uniqueName()
        do {
            try await body(name)
        } catch {
            try? await delete(name)
            throw error
        }
        try await delete(name)
    }

    /// Deletes a queue, its dead-letter queue, and the exchange of its name.
    static func delete(_ name: String) async throws {
        let connection = try await AMQPConnection.connect(try configuration())
        let channel = try await connection.openChannel()
        try await channel.deleteQueue(name)
        try await channel.deleteQueue(name + ".dead")
        try await channel.deleteExchange(name)
        await connection.close()
    }

    /// Connects and opens a channel for a body, and closes the connection on every path.
    static func withChannel<Result>(_ body: (AMQPConnection, AMQPChannel) async throws -> Result) async throws -> Result
    {
        let connection = try await AMQPConnection.connect(try configuration())
        do {
            let result = try await body(connection, try await connection.openChannel())
            await connection.close()
            return result
        } catch {
            await connection.close()
            throw error
        }
    }
}
