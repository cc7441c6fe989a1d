/// How a TLS connection is secured.
public struct TLSOptions: Sendable, Hashable {
    /// The certificate authorities in PEM format; without it the system's.
    public var caFile: String?
    /// The client's certificate in PEM format, with `keyFile`.
    public var certFile: String?
    /// The client's key in PEM format, with `certFile`.
    public var keyFile: String?
    /// Whether the broker's certificate must be signed by a known authority.
    public var verifiesPeer: Bool
    /// Whether the broker's certificate must name the host. Names only: librabbitmq 0.11 knows no IP addresses here.
    public var verifiesHostName: Bool

    public init(
        caFile: String? = nil,
        certFile: String? = nil,
        keyFile: String? = nil,
        verifiesPeer: Bool = true,
        verifiesHostName: Bool = true
    ) {
        self.caFile = caFile
        self.certFile = certFile
        self.keyFile = keyFile
        self.verifiesPeer = verifiesPeer
        self.verifiesHostName = verifiesHostName
    }

    /// Where Linux systems keep their certificate authorities; Debian's first.
    static let systemAuthorities = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem",
        "/etc/ssl/ca-bundle.pem",
    ]
}
