/// Where a worker serves its health and metrics.
public enum HealthAddress: Sendable, Hashable, CustomStringConvertible {
    /// An IP address, 4 or 6, without brackets.
    case ip(String, port: UInt16)
    /// The path of a Unix socket.
    case unix(String)

    /// The longest path that a Unix socket can have, in bytes.
    public static let longestPath = 107

    public var description: String {
        switch self {
        case .ip(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }

    /// Reads `127.0.0.1:9808`, `[::1]:9808`, `:9808` or `9808`, which is the loopback, and `unix:/path`.
    public init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard path.hasPrefix("/"), path.utf8.count <= Self.longestPath, !path.utf8.contains(0) else { return nil }
            self = .unix(path)
            return
        }
        var host = "127.0.0.1"
        var port = text[...]
        if let colon = text.lastIndex(of: ":") {
            port = text[text.index(after: colon)...]
            let given = text[..<colon]
            if given.hasPrefix("[") {
                guard given.hasSuffix("]") else { return nil }
                host = String(given.dropFirst().dropLast())
            } else if given == "localhost" {
                host = "127.0.0.1"
            } else if !given.isEmpty {
                host = String(given)
            }
        }
        guard let number = UInt16(port), number > 0, Self.isAddress(host) else { return nil }
        self = .ip(host, port: number)
    }

    /// Whether a text looks like an IP address; the system has the last word.
    private static func isAddress(_ host: String) -> Bool {
        if host.contains(":") { return host.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." } }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }
}

extension SettingType where Value == HealthAddress? {
    /// `swiftworker_health_address`; null and an empty text are nowhere.
    static var healthAddress: SettingType {
        let expectation = "an IP address with a port such as 127.0.0.1:9808, a port alone, or unix:/path"
        return SettingType(expectation) { node throws(SettingsError) -> HealthAddress? in
            let text: String
            switch node.content {
            case .null: return nil
            case .integer(let port): text = String(port)
            case .string(let word), .text(let word): text = word
            default: throw node.mismatch(expectation)
            }
            if text.isEmpty { return nil }
            guard let address = HealthAddress(text) else { throw node.invalid(expectation, found: "'\(text)'") }
            return address
        } show: { address in
            address.map { ConfigurationNode(.string($0.description)) } ?? nil
        }
    }
}
