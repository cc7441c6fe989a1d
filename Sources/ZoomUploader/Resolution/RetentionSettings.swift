import JSON

/// How long a user's deleted recordings are kept: `retention` of the user's settings.
struct RetentionSettings: Sendable, Hashable {
    /// From the deletion until the files go, in days.
    let softDeleteDays: Double
    /// From then until the row goes, in days.
    let hardDeleteDays: Double

    /// A hundred years, well within what a timestamp holds.
    private static let limit = 36_500.0

    /// - Parameter user: `user_configs.config_data`; what isn't in it has the built-in default.
    /// - Throws: `.invalid` for anything that is no number of days, null among it: files go by it, so it is never
    ///   guessed at.
    init(user: JSONValue?) throws(ZoomUploaderError) {
        var sources = ConfigurationSources()
        sources.user = user
        guard sources.effectiveUser.object != nil, let retention = sources.effectiveUser["retention"],
            retention.object != nil
        else { throw .invalid("retention must be an object") }
        softDeleteDays = try Self.days("soft_delete_days", retention)
        hardDeleteDays = try Self.days("hard_delete_days", retention)
    }

    private static func days(_ name: String, _ retention: JSONValue) throws(ZoomUploaderError) -> Double {
        guard let days = retention[name]?.double, (0...limit).contains(days) else {
            throw .invalid("retention.\(name) must be a number of days, from 0 to 36500")
        }
        return days
    }
}
