/// How to reach a broker, and the limits of what is exchanged with it.
public struct ConnectionConfiguration: Sendable {
    /// In which order the endpoints are tried.
    public enum Failover: String, Sendable {
        case roundRobin = "round-robin"
        case shuffle
    }

    /// The brokers to try; at least one.
    public var endpoints: [Endpoint]
    /// Bounds the TCP connect, and once more the handshake with the login.
    public var connectTimeout: Duration
    /// The interval offered to the server, which may choose a shorter one; zero turns heartbeats off.
    public var heartbeat: Duration
    /// Used by endpoints with TLS.
    public var tls: TLSOptions
    public var retry: RetryPolicy
    public var failover: Failover
    /// Shown in the broker's list of connections.
    public var connectionName: String
    /// How long the broker may take to answer a request; past it the connection counts as lost.
    public var rpcTimeout: Duration
    /// Larger messages are refused unread: rejected, not requeued.
    public var maxMessageBytes: Int

    public init(
        endpoints: [Endpoint],
        connectTimeout: Duration = .seconds(4),
        heartbeat: Duration = .seconds(120),
        tls: TLSOptions = TLSOptions(),
        retry: RetryPolicy = RetryPolicy(),
        failover: Failover = .roundRobin,
        connectionName: String = "swiftworker",
        rpcTimeout: Duration = .seconds(20),
        maxMessageBytes: Int = 128 << 20
    ) {
        self.endpoints = endpoints
        self.connectTimeout = connectTimeout
        self.heartbeat = heartbeat
        self.tls = tls
        self.retry = retry
        self.failover = failover
        self.connectionName = connectionName
        self.rpcTimeout = rpcTimeout
        self.maxMessageBytes = maxMessageBytes
    }
}
