extension Endpoint {
    /// Reads one or more broker URLs, separated by `;` (Celery reference, 11.1).
    ///
    /// A text without `://` is a host name, with a port behind a colon where there is one. The parts are
    /// percent-decoded. In the virtual host the first `/` falls away, and an empty one is `/`. Query keys are
    /// `heartbeat` and `connect_timeout`, in seconds.
    ///
    /// - Throws: `invalidURL` for an empty list, an unknown scheme, a bad port or an unknown query key. The message
    ///   does not repeat the URL, which may hold a password.
    public static func parse(list: String) throws(AMQPError) -> [Endpoint] {
        var endpoints: [Endpoint] = []
        for item in list.split(separator: ";", omittingEmptySubsequences: true) {
            let text = item.trimmingSpaces()
            if text.isEmpty { continue }
            endpoints.append(try parse(text))
        }
        guard !endpoints.isEmpty else { throw AMQPError(.invalidURL, "broker URL is empty") }
        return endpoints
    }

    private static func parse(_ text: Substring) throws(AMQPError) -> Endpoint {
        guard let separator = text.firstRange(of: "://") else { return try parseAuthority(text, into: Endpoint()) }
        var endpoint: Endpoint
        switch text[..<separator.lowerBound].lowercased() {
        case "amqp", "pyamqp", "librabbitmq": endpoint = Endpoint()
        case "amqps", "pyamqps": endpoint = Endpoint(isTLS: true)
        case let scheme:
            let isPlain = scheme.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "+" || $0 == "-") }
            throw AMQPError(
                .invalidURL,
                isPlain ? "broker transport '\(scheme)' is not supported, use amqp:// or amqps://" : "not a broker URL"
            )
        }
        var rest = text[separator.upperBound...]
        if let hash = rest.firstIndex(of: "#") { rest = rest[..<hash] }
        if let mark = rest.firstIndex(of: "?") {
            try endpoint.apply(query: rest[rest.index(after: mark)...])
            rest = rest[..<mark]
        }
        if let slash = rest.firstIndex(of: "/") {
            endpoint.virtualHost = virtualHost(path: rest[slash...])
            rest = rest[..<slash]
        }
        return try parseAuthority(rest, into: endpoint)
    }

    private static func virtualHost(path: Substring) -> String {
        let decoded = PercentCoding.decode(path.dropFirst())
        return decoded.isEmpty ? "/" : decoded
    }

    private static func parseAuthority(_ text: Substring, into endpoint: Endpoint) throws(AMQPError) -> Endpoint {
        var endpoint = endpoint
        var address = text
        if let at = text.lastIndex(of: "@") {
            let login = text[..<at]
            address = text[text.index(after: at)...]
            let colon = login.firstIndex(of: ":")
            let user = PercentCoding.decode(login[..<(colon ?? login.endIndex)])
            if !user.isEmpty { endpoint.user = user }
            if let colon {
                let password = PercentCoding.decode(login[login.index(after: colon)...])
                if !password.isEmpty { endpoint.password = password }
            }
        }
        var port: Substring?
        if address.hasPrefix("["), let bracket = address.firstIndex(of: "]") {
            let behind = address[address.index(after: bracket)...]
            if behind.hasPrefix(":") {
                port = behind.dropFirst()
            } else if !behind.isEmpty {
                throw AMQPError(.invalidURL, "broker URL has text behind the host's bracket")
            }
            address = address[..<bracket].dropFirst()
        } else if let colon = address.firstIndex(of: ":") {
            port = address[address.index(after: colon)...]
            address = address[..<colon]
        }
        let host = PercentCoding.decode(address)
        guard !host.utf8.contains(0), !endpoint.user.utf8.contains(0), !endpoint.password.utf8.contains(0),
            !endpoint.virtualHost.utf8.contains(0)
        else { throw AMQPError(.invalidURL, "broker URL has a NUL character") }
        if !host.isEmpty { endpoint.host = host == "localhost" && !endpoint.isTLS ? "127.0.0.1" : host }
        if let port, !port.isEmpty {
            guard let number = UInt16(port), number > 0 else {
                throw AMQPError(.invalidURL, "broker URL has a port that is no number from 1 to 65535")
            }
            endpoint.port = number
        }
        return endpoint
    }

    private mutating func apply(query: Substring) throws(AMQPError) {
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let key = PercentCoding.decode(parts[0])
            let value = PercentCoding.decode(parts.count > 1 ? parts[1] : "")
            switch key {
            case "heartbeat": heartbeat = try Endpoint.seconds(value, of: key)
            case "connect_timeout": connectTimeout = try Endpoint.seconds(value, of: key)
            default: throw AMQPError(.invalidURL, "broker URL has an unknown query key '\(key)'")
            }
        }
    }

    private static func seconds(_ text: String, of key: String) throws(AMQPError) -> Duration {
        guard let value = Double(text), value.isFinite, value >= 0, value <= 86_400 else {
            throw AMQPError(.invalidURL, "broker URL's \(key) is no number of seconds")
        }
        return .milliseconds(Int64(value * 1000))
    }
}

extension StringProtocol {
    fileprivate func trimmingSpaces() -> SubSequence {
        var slice = self[...]
        while let first = slice.first, first.isWhitespace { slice = slice.dropFirst() }
        while let last = slice.last, last.isWhitespace { slice = slice.dropLast() }
        return slice
    }
}
