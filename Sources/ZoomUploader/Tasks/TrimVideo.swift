public import JSON
import CeleryProtocol
import FoundationEssentials
import Logging
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

    public func run(_ arguments: Arguments, _ context: TaskContext) async throws -> TaskResult<Details> {
        do {
            let details = try await TrimRun(services, arguments, context).run()
            return TaskResult(
                taskID: context.request.id,
                userID: arguments.userID,
                status: "completed",
                recordingID: arguments.recordingID,
                result: details
            )
        } catch {
            let error = (error as? PostgresError)?.code == .cancelled ? CancellationError() : error
            await recordFailure(error, arguments, context)
            throw error
        }
    }

    /// Applies the failure rule, also when the task was cancelled. What fails here is logged: the task's own error
    /// matters more.
    private func recordFailure(_ failure: any Error, _ arguments: Arguments, _ context: TaskContext) async {
        let key = Recording.Key(id: arguments.recordingID, userID: arguments.userID)
        let reason = failure is CancellationError ? "Task was cancelled" : PythonException(failure).str
        // In a task of its own, which the cancellation doesn't reach.
        await Task.detached { [services] in
            do {
                try await services.recordings().failTrim(of: key, reason: reason)
            } catch {
                context.logger.error("The failure of recording \(key.id) can't be stored: \(error)")
            }
        }.value
    }
}
