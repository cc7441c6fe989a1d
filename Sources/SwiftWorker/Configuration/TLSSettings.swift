/// `broker_use_ssl` in full.
public struct TLSSettings: Sendable, Hashable {
    /// A file of PEM certificates; `nil` is the system's.
    public var caCertificates: String?
    public var certificate: String?
    public var key: String?
    /// Whether the broker's certificate is checked.
    public var verifiesPeer = true
    /// Whether the certificate must name the host.
    public var verifiesHostName = true

    public init() {}
}
