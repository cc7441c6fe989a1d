import AMQP

extension TestBroker {
    /// Gives a body a proxy in front of the broker, and an endpoint that goes through it.
    static func withProxy(_ body: (TCPProxy, Endpoint) async throws -> Void) async throws {
        var endpoint = try endpoint()
        let proxy = try TCPProxy(to: endpoint.host, endpoint.port)
        defer { proxy.stop() }
        endpoint.host = "127.0.0.1"
        endpoint.port = proxy.port
        try await body(proxy, endpoint)
    }
}
