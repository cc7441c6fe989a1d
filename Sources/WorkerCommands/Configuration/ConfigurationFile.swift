import Platform
import SwiftWorker
import Yams

/// The configuration file: found, read and turned into a tree in which each value knows its place.
struct ConfigurationFile {
    let path: String
    let root: ConfigurationNode

    /// The largest file read, in bytes.
    static let limit = 1 << 20

    /// Where a file is looked for when none is named.
    static let defaultPaths = ["config/swiftworker.yaml", "/etc/swiftworker/swiftworker.yaml"]

    /// Finds and reads the file: `--config`, else `SWIFTWORKER_CONFIG`, else the default places.
    ///
    /// - Returns: `nil` when no file is named and none is in the default places.
    static func find(named: String?, environment: [String: String]) throws(SettingsError) -> ConfigurationFile? {
        if let named { return try read(named, askedBy: .flag("--config")) }
        if let path = environment["SWIFTWORKER_CONFIG"], !path.isEmpty {
            return try read(path, askedBy: .environment("SWIFTWORKER_CONFIG"))
        }
        guard let path = defaultPaths.first(where: Files.exists) else { return nil }
        return try read(path, askedBy: .file(path: path, line: 1, column: 1))
    }

    private static func read(_ path: String, askedBy source: SettingSource) throws(SettingsError) -> ConfigurationFile {
        let bytes: [UInt8]
        do {
            bytes = try Files.read(path, limit: limit)
        } catch {
            throw SettingsError(.unreadable, "can't read the configuration \(path): \(error.reason)", source: source)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw SettingsError(.syntax, "\(path) is not UTF-8", source: source)
        }
        let root = try YAMLTree.parse(text) { .file(path: path, line: $0, column: $1) }
        return ConfigurationFile(path: path, root: root)
    }
}
