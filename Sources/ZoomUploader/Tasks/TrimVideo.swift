public import JSON
import CeleryProtocol
import Postgres
public import SwiftWorker

/// Cuts the silence at both ends off a recording: `api.tasks.processing.trim_video` (application reference, 4.2).
public struct TrimVideo: WorkerTask {
    public static let name = "api.tasks.processing.trim_video"

    /// Python: `recording_id: int, user_id: str, manual_override: dict | None = None`.
    public struct Arguments: Decodable, Sendable {
        public var recordingID: Int
        public var userID: String
        public var manualOverride: JSONValue?
    }

    /// The inner result; paths as they are in the database.
    public struct Details: Encodable, Sendable, Hashable {
        public var success: Bool
        public var processedVideoPath: String
        public var audioPath: String

        enum CodingKeys: String, CodingKey {
            case success
            case processedVideoPath = "processed_video_path"
            case audioPath = "audio_path"
        }
    }

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    /// Makes the task with a database and files of its own.
    public init(_ configuration: ZoomUploaderConfiguration) {
        services = Services(configuration)
    }

    /// Whatever fails is tried again, twice, 3 minutes later each time; a run that took too long, 10 minutes later
    /// (application reference, 1.1 and 4).
    public var options: TaskOptions {
        TaskOptions(
            retryPolicy: TaskRetryPolicy(maxRetries: 2, retryDelay: .seconds(180)).retry(onPython: "Exception")
        )
    }

    public func run(_ arguments: Arguments, _ context: TaskContext) async throws -> TaskResult<Details> {
        let details: Details
        do {
            details = try await TrimRun(services, arguments, context).run()
        } catch  where Self.isCancellation(error) {
            if case .softTimeLimit = context.cancellationCause {
                throw context.retry(.after(.seconds(600)), cause: SoftTimeLimitExceeded())
            }
            throw CancellationError()
        }
        return TaskResult(
            taskID: context.request.id,
            userID: arguments.userID,
            status: "completed",
            recordingID: arguments.recordingID,
            result: details
        )
    }

    private static func isCancellation(_ error: any Error) -> Bool {
        error is CancellationError || (error as? PostgresError)?.code == .cancelled
    }

    /// Applies the failure rule (application reference, 5.4): also when a limit ended the task or its process is gone, where
    /// the Python original leaves the recording as it is.
    public func onFailure(_ failure: TaskFailure, _ arguments: Arguments?, _ context: TaskContext) async throws {
        guard let arguments else { return }
        let key = Recording.Key(id: arguments.recordingID, userID: arguments.userID)
        try await services.recordings().failTrim(of: key, reason: failure.reason)
    }
}

extension TaskFailure {
    /// What a row says about it.
    fileprivate var reason: String {
        error is CancellationError ? "Task was cancelled" : exception.str
    }
}
