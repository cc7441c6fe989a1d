/// Where a broker is and who logs in there.
public struct Endpoint: Sendable, Hashable, CustomStringConvertible {
    public var isTLS: Bool
    public var host: String
    public var port: UInt16
    public var user: String
    public var password: String
    public var virtualHost: String
    /// The `heartbeat` of the URL's query in seconds; it goes before the configuration's.
    public var heartbeat: Duration?
    /// The `connect_timeout` of the URL's query in seconds; it goes before the configuration's.
    public var connectTimeout: Duration?

    public init(
        isTLS: Bool = false,
        host: String = "127.0.0.1",
        port: UInt16? = nil,
        user: String = "guest",
        password: String = "guest",
        virtualHost: String = "/",
        heartbeat: Duration? = nil,
        connectTimeout: Duration? = nil
    ) {
        self.isTLS = isTLS
        self.host = host
        self.port = port ?? (isTLS ? 5671 : 5672)
        self.user = user
        self.password = password
        self.virtualHost = virtualHost
        self.heartbeat = heartbeat
        self.connectTimeout = connectTimeout
    }

    /// The address as a URL, with `**` for the password.
    public var description: String {
        let scheme = isTLS ? "amqps" : "amqp"
        let shownHost = host.contains(":") ? "[\(host)]" : host
        let shownPath = virtualHost == "/" ? "//" : "/" + PercentCoding.encode(virtualHost)
        return "\(scheme)://\(PercentCoding.encode(user)):**@\(shownHost):\(port)\(shownPath)"
    }
}
