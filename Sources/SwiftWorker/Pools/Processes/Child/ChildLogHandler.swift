import Logging

/// Sends what is logged to the parent, whose log it goes to.
struct ChildLogHandler: LogHandler {
    private let link: ChildLink
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(link: ChildLink) {
        self.link = link
        logLevel = link.settings.logLevel
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let given = event.metadata { all.merge(given) { $1 } }
        if let error = event.error { all["error"] = "\(error)" }
        // Lines are cut, so only absurd metadata can be too large.
        try? link.send(.log(LogLine(level: event.level, message: event.message.description, metadata: all)))
    }
}
