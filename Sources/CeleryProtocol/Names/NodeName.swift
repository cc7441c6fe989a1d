/// The name of a worker in its cluster, `name@host` (Celery reference, 10.3).
public struct NodeName: Sendable, Hashable, CustomStringConvertible {
    public let name: String
    public let host: String

    public init(name: String, host: String) {
        self.name = name
        self.host = host
    }

    /// Splits `name@host`; a text without `@` is a host, and the name is `celery`.
    public init(_ text: String) {
        guard let at = text.firstIndex(of: "@") else {
            self.init(name: "celery", host: text)
            return
        }
        self.init(name: String(text[..<at]), host: String(text[text.index(after: at)...]))
    }

    /// Makes the name that the option `-n` asks for: `%h` is the machine's host name, `%n` its part before the first
    /// dot, `%d` the part after it, `%i` and `%I` the process as in `expand(_:processIndex:)`.
    ///
    /// A missing name is `celery`, a missing host the machine's.
    ///
    /// - Throws: `ProtocolError` for another `%` form.
    public init(option: String?, hostname: String) throws(ProtocolError) {
        let option = option ?? ""
        var node = NodeName(option)
        if node.name.isEmpty { node = NodeName(name: "celery", host: node.host) }
        if node.host.isEmpty { node = NodeName(name: node.name, host: hostname) }
        let (short, domain) = NodeName.parts(of: hostname)
        let text = try NodeName.expand(node.description) { key in
            switch key {
            case "h": hostname
            case "n": short
            case "d": domain
            case "i": "0"
            case "I": ""
            default: nil
            }
        }
        self.init(text)
    }

    public var description: String { "\(name)@\(host)" }

    /// Expands the name of a log or pid file: `%p` is the whole node name, `%n` its name, `%h` its host, `%d` the
    /// host's domain, `%i` the index of the pool process (0 in the main one), `%I` the same after a hyphen, or nothing.
    ///
    /// - Throws: `ProtocolError` for another `%` form.
    public func expand(_ format: String, processIndex: Int = 0) throws(ProtocolError) -> String {
        let domain = NodeName.parts(of: host).domain
        return try NodeName.expand(format) { key in
            switch key {
            case "h": host
            case "n": name
            case "d": domain
            case "p": description
            case "i": String(processIndex)
            case "I": processIndex == 0 ? "" : "-\(processIndex)"
            default: nil
            }
        }
    }

    private static func parts(of host: String) -> (short: String, domain: String) {
        guard let dot = host.firstIndex(of: ".") else { return (host, "") }
        return (String(host[..<dot]), String(host[host.index(after: dot)...]))
    }

    /// Replaces `%x` for every letter, digit or underscore, and `%%`; a lone `%` stays.
    ///
    /// - Parameter value: what stands for an abbreviation; `nil` for one that has no meaning.
    /// - Throws: `ProtocolError` for an abbreviation without meaning.
    public static func expand(
        _ format: String,
        _ value: (Character) -> String?
    ) throws(ProtocolError) -> String {
        var result = ""
        var rest = format[...]
        while let character = rest.popFirst() {
            guard character == "%", let key = rest.first, key == "%" || key == "_" || key.isLetter || key.isNumber
            else {
                result.append(character)
                continue
            }
            rest.removeFirst()
            guard let text = key == "%" ? "%" : value(key) else {
                throw ProtocolError(.invalidFormat, "unknown format %\(key) in '\(format)': is a % to be written %%?")
            }
            result += text
        }
        return result
    }
}
