import Logging
import SwiftWorker

/// What a running task tells about itself (application reference, 3.1). The web application shows it, and finds in
/// `user_id` who may see it.
struct Progress: Encodable, Sendable, Hashable {
    var userID: String
    /// In percent.
    var progress: Int
    var status: String
    var step: String?

    enum CodingKeys: String, CodingKey {
        case userID = "user_id"
        case progress, status, step
    }
}

extension TaskContext {
    /// Stores a progress as state PROCESSING. That it can't be stored is no reason for the task to fail.
    func report(_ progress: Progress) async {
        do {
            try await updateState("PROCESSING", meta: progress)
        } catch {
            logger.warning("The progress \(progress.progress)% can't be stored: \(error)")
        }
    }
}
