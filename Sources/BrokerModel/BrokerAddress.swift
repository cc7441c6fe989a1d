/// Where a broker is and how it is spoken to, for those who ask the worker; never with a password.
public struct BrokerAddress: Sendable, Hashable {
    public var host: String
    public var port: Int
    public var user: String
    public var virtualHost: String
    public var isTLS: Bool
    /// Seconds.
    public var connectTimeout: Double
    /// Seconds; 0 is none.
    public var heartbeat: Double
    /// Other brokers in the list, as URLs without passwords.
    public var alternates: [String]

    public init(
        host: String,
        port: Int,
        user: String = "",
        virtualHost: String = "/",
        isTLS: Bool = false,
        connectTimeout: Double = 0,
        heartbeat: Double = 0,
        alternates: [String] = []
    ) {
        self.host = host
        self.port = port
        self.user = user
        self.virtualHost = virtualHost
        self.isTLS = isTLS
        self.connectTimeout = connectTimeout
        self.heartbeat = heartbeat
        self.alternates = alternates
    }
}
