import ControlStores
import SwiftWorker

/// Makes the control store from the settings.
enum ControlStoreSetup {
    /// - Parameter path: the file of `worker_state_db`, if one is set.
    /// - Throws: `SettingsError` for a URL that can't be used, which it never holds, and for two stores.
    static func make(_ effective: EffectiveSettings, path: String?) throws(SettingsError) -> (any ControlStore)? {
        let setting = "swiftworker_control_url"
        guard let url = effective.settings.controlURL else { return path.map { FileControlStore(path: $0) } }
        guard path == nil else {
            throw SettingsError(
                .invalidValue,
                "worker_state_db and \(setting) can't both be set: the database keeps all that the file does",
                source: effective.source(of: "worker_state_db")
            )
        }
        do {
            return try PostgresControlStore(url: url)
        } catch {
            throw SettingsError(.invalidValue, "\(setting): \(error)", source: effective.source(of: setting))
        }
    }
}
