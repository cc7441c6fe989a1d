public import SwiftWorker

/// The reference application: ZoomUploader's tasks, contract V1, on its own database and files.
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
        return [TrimVideo(services)]
    }
}
