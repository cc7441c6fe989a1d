import CeleryProtocol
import SwiftWorker

/// The node's name and the `%` abbreviations in it and in file names, with errors that name the option.
struct NodeNaming: Sendable, Hashable {
    private let node: NodeName

    /// `celery@host`.
    var nodeName: String { node.description }

    /// Makes the node's name from `-n`.
    ///
    /// - Throws: `SettingsError` for an unknown abbreviation.
    init(option: String?, hostName: String) throws(SettingsError) {
        do {
            node = try NodeName(option: option, hostname: hostName)
        } catch {
            throw SettingsError(.invalidValue, error.message, source: .flag("-n"))
        }
    }

    /// Expands a file name: `%n` is the node's name, `%h` its host, `%p` both.
    ///
    /// - Throws: `SettingsError` for an unknown abbreviation.
    func expand(_ path: String, source: SettingSource) throws(SettingsError) -> String {
        do {
            return try node.expand(path)
        } catch {
            throw SettingsError(.invalidValue, error.message, source: source)
        }
    }

    /// Expands the path of a health endpoint's socket in the same way; other addresses stay as they are.
    ///
    /// - Throws: `SettingsError` for an unknown abbreviation, or a path that gets too long.
    func expand(_ address: HealthAddress, source: SettingSource) throws(SettingsError) -> HealthAddress {
        guard case .unix(let path) = address else { return address }
        let expanded = try expand(path, source: source)
        guard expanded.utf8.count <= HealthAddress.longestPath else {
            throw SettingsError(
                .invalidValue,
                "'\(expanded)' is too long: the path of a socket has \(HealthAddress.longestPath) bytes at most",
                source: source
            )
        }
        return .unix(expanded)
    }
}
