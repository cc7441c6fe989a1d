/// Where a recording stands (application reference, 5.2). There is no failed state: `recordings.failed` says that.
enum ProcessingStatus: String, Sendable, CaseIterable {
    case pendingSource = "PENDING_SOURCE"
    case initialized = "INITIALIZED"
    case downloading = "DOWNLOADING"
    case downloaded = "DOWNLOADED"
    case processing = "PROCESSING"
    case processed = "PROCESSED"
    case uploading = "UPLOADING"
    case uploaded = "UPLOADED"
    case ready = "READY"
    case skipped = "SKIPPED"
    case expired = "EXPIRED"

    /// Where a recording stands again when the work on it was lost: where that work began.
    var stable: ProcessingStatus {
        switch self {
        case .downloading: .initialized
        case .processing: .downloaded
        case .uploading: .processed
        default: self
        }
    }
}

/// A step of the processing.
enum StageType: String, Sendable, CaseIterable {
    case trim = "TRIM"
    case transcribe = "TRANSCRIBE"
    case extractTopics = "EXTRACT_TOPICS"
    case generateSubtitles = "GENERATE_SUBTITLES"
}

/// Where a step stands.
enum StageStatus: String, Sendable, CaseIterable {
    case pending = "PENDING"
    case inProgress = "IN_PROGRESS"
    case completed = "COMPLETED"
    case failed = "FAILED"
    case skipped = "SKIPPED"
}

/// Where the upload to one platform stands.
enum TargetStatus: String, Sendable, CaseIterable {
    case notUploaded = "NOT_UPLOADED"
    case uploading = "UPLOADING"
    case uploaded = "UPLOADED"
    case failed = "FAILED"
}
