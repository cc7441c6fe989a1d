public import SwiftWorker

/// The reference application: ZoomUploader's tasks, contract V1 with V2's
/// maintenance, on its own database and files.
public enum ZoomUploader {
    /// The tasks, ready to be registered.
    ///
    /// Nothing is connected before a task runs: a worker of other tasks needs no database.
    ///
    /// - Parameter environment: See `ZoomUploaderConfiguration.init(environment:)`.
    public static func tasks(environment: [String: String]) -> [any WorkerTask] {
        tasks(ZoomUploaderConfiguration(environment: environment))
    }

    /// The tasks with a configuration of one's own.
    public static func tasks(_ configuration: ZoomUploaderConfiguration) -> [any WorkerTask] {
        let services = Services(configuration)
        return [
            TrimVideo(services),
            CleanupExpiredTokens(services: services),
            AutoExpireRecordings(services: services),
            CleanupRecordingFiles(services: services),
            HardDeleteRecordings(services: services),
            CleanupTempFiles(services: services),
            ResetStaleActiveRecordings(services: services),
        ]
    }
}
