import Platform
import Postgres

/// The files that a row of `recordings` names, and their removal.
struct RecordingFiles: Sendable, Hashable {
    /// The columns of the media.
    static let mediaColumns = ["local_video_path", "processed_video_path", "processed_audio_path"]

    /// The column of the rest.
    static let transcriptionsColumn = "transcription_dir"

    /// Original video, processed video and audio, each once: the processed one may be the original.
    let media: [StoragePath]
    /// What was made of the sound: texts, topics, subtitles.
    let transcriptions: StoragePath?

    /// - Throws: `.invalid` for a path that isn't the recording's to remove; `PostgresError`.
    init(_ row: PostgresRow, ofRecording id: Int, withTranscriptions: Bool, in storage: Storage) throws {
        var media: [StoragePath] = []
        for column in Self.mediaColumns {
            guard let path = try Self.path(column, row, storage), !media.contains(path) else { continue }
            media.append(path)
        }
        self.media = media
        transcriptions = withTranscriptions ? try Self.path(Self.transcriptionsColumn, row, storage) : nil
        if let transcriptions, !transcriptions.belongs(toRecording: id) {
            throw ZoomUploaderError.invalid("\(transcriptions) is not a folder of recording \(id) and is left alone")
        }
    }

    private static func path(_ column: String, _ row: PostgresRow, _ storage: Storage) throws -> StoragePath? {
        guard let path = try row.decodeIfPresent(column, as: String.self), !path.isEmpty else { return nil }
        return try StoragePath(path, in: storage)
    }

    /// What a removal came to.
    struct Removal: Sendable, Hashable {
        /// What the files held.
        var bytes = 0
        /// Whether anything at all is known to be gone: removed now, or absent from a folder that is there.
        var isKnown = false

        mutating func add(_ removal: ConfinedFolder.Removal) {
            switch removal {
            case .removed(let size):
                bytes += size
                isKnown = true
            case .absent: isKnown = true
            case .outOfReach: break
            }
        }
    }

    /// Removes them; those that are gone already are passed over, so that a run that ended halfway is finished by the
    /// next one.
    ///
    /// - Throws: `.configuration` when the storage isn't there; `PlatformError`.
    func remove(from storage: Storage) throws -> Removal {
        var removal = Removal()
        guard !media.isEmpty || transcriptions != nil else { return removal }
        let folder = try storage.opened()
        for path in media { removal.add(try folder.removeFile(path.names)) }
        if let transcriptions { removal.add(try folder.removeTree(transcriptions.names)) }
        return removal
    }
}
