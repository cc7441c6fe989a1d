/// What the tasks need of a row of `recordings`.
struct Recording: Sendable {
    /// A recording and its owner; every look-up asks for both.
    struct Key: Sendable, Hashable {
        var id: Int
        var userID: String
    }

    var key: Key
    /// The owner's number, which the paths are made of.
    var userSlug: Int
    /// Relative to the storage root, or absolute; `nil` before the download.
    var localVideoPath: String?
    var sources: ConfigurationSources
}
