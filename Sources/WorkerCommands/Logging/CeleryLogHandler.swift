import Logging

/// A log handler whose lines look like Celery's, so that what reads its logs goes on working.
struct CeleryLogHandler: LogHandler {
    let output: LogOutput
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(output: LogOutput, level: Logger.Level) {
        self.output = output
        self.logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get(), !provided.isEmpty { all.merge(provided) { $1 } }
        if let given = event.metadata, !given.isEmpty { all.merge(given) { $1 } }
        output.write(event, metadata: all)
    }
}
