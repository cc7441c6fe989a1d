import SwiftWorker

/// Where results go, by the URL of `result_backend`.
enum ResultBackend: Sendable, Hashable {
    case disabled
    case rpc

    /// - Throws: `SettingsError` naming the stores that there are.
    init(url: String?, source: SettingSource) throws(SettingsError) {
        let scheme = url.map { String($0.prefix { $0 != ":" }).lowercased() } ?? "disabled"
        switch scheme {
        case "disabled", "": self = .disabled
        case "rpc": self = .rpc
        case "db+postgresql", "postgresql", "database", "redis", "rediss", "sentinel":
            throw SettingsError(
                .refused,
                "result_backend: '\(scheme)' comes with a later version; supported are rpc:// and disabled://",
                source: source
            )
        default:
            throw SettingsError(
                .invalidValue,
                "result_backend: '\(scheme)' is not supported; supported are rpc:// and disabled://",
                source: source
            )
        }
    }

    /// As the banner shows it.
    var text: String {
        switch self {
        case .disabled: "disabled://"
        case .rpc: "rpc://"
        }
    }
}
