import SwiftWorker

/// Node names and the `%` abbreviations in them and in file names (Celery reference, 10.3).
struct NodeNaming: Sendable, Hashable {
    /// `celery@host`.
    let nodeName: String

    /// Makes the node's name from `-n`.
    ///
    /// - Parameters:
    ///   - option: `-n`; a value without `@` is the host part.
    ///   - hostName: the machine's.
    /// - Throws: `SettingsError` for an unknown abbreviation.
    init(option: String?, hostName: String) throws(SettingsError) {
        let (name, host) = Self.split(option ?? "")
        let raw = (name ?? "celery") + "@" + (host.isEmpty ? hostName : host)
        let short = String(hostName.prefix { $0 != "." })
        nodeName = try Self.expand(raw, name: short, host: hostName, node: nil, source: .flag("-n"))
    }

    /// Expands a file name: `%n` is the node's name, `%h` its host, `%p` both.
    ///
    /// - Throws: `SettingsError` for an unknown abbreviation.
    func expand(_ path: String, source: SettingSource) throws(SettingsError) -> String {
        let (name, host) = Self.split(nodeName)
        return try Self.expand(path, name: name ?? "celery", host: host, node: nodeName, source: source)
    }

    private static func split(_ text: String) -> (name: String?, host: String) {
        guard let at = text.firstIndex(of: "@") else { return (nil, text) }
        let name = String(text[..<at])
        return (name.isEmpty ? nil : name, String(text[text.index(after: at)...]))
    }

    private static func expand(
        _ text: String,
        name: String,
        host: String,
        node: String?,
        source: SettingSource
    ) throws(SettingsError) -> String {
        var result = ""
        var rest = text[...]
        while let percent = rest.firstIndex(of: "%") {
            result += rest[..<percent]
            rest = rest[rest.index(after: percent)...]
            guard let key = rest.popFirst() else { return result + "%" }
            switch key {
            case "h": result += host
            case "n": result += name
            case "d": result += host.drop { $0 != "." }.dropFirst()
            // The main process's index.
            case "i": result += "0"
            case "I": break
            case "p" where node != nil: result += node ?? ""
            case "%": result += "%"
            default:
                throw SettingsError(
                    .invalidValue,
                    "unknown abbreviation %\(key) in '\(text)'; use %h, %n, %d, %i, %I or %%",
                    source: source
                )
            }
        }
        return result + rest
    }
}
