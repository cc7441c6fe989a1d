private import Foundation
import CeleryProtocol
import SwiftWorker

/// How far the app's zone is from UTC.
enum TimeZoneOffsets {
    /// Finds the offsets of `timezone`; without it, UTC, or the machine's zone when `enable_utc` is false.
    ///
    /// - Throws: `SettingsError` for a zone that the system does not know.
    static func of(_ settings: Settings, source: SettingSource) throws(SettingsError) -> @Sendable (Instant) -> Int {
        if settings.timezone == nil, settings.enableUTC { return { _ in 0 } }
        if let name = settings.timezone, ["UTC", "Etc/UTC", "GMT"].contains(name) { return { _ in 0 } }
        let found = settings.timezone.map { TimeZone(identifier: $0) } ?? TimeZone.current
        guard let zone = found else {
            throw SettingsError(
                .invalidValue,
                "timezone: the system does not know '\(settings.timezone ?? "")'",
                source: source
            )
        }
        return { instant in
            zone.secondsFromGMT(for: Date(timeIntervalSince1970: instant.secondsSince1970))
        }
    }
}
