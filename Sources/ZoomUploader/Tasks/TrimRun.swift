import FoundationEssentials
import JSON
import Logging
import SwiftWorker

/// One run of `trim_video`.
struct TrimRun: Sendable {
    private let services: Services
    private let arguments: TrimVideo.Arguments
    private let context: TaskContext
    private let key: Recording.Key

    init(_ services: Services, _ arguments: TrimVideo.Arguments, _ context: TaskContext) {
        self.services = services
        self.arguments = arguments
        self.context = context
        key = Recording.Key(id: arguments.recordingID, userID: arguments.userID)
    }

    func run() async throws -> TrimVideo.Details {
        await report(10, "Initializing video trimming", "trim")
        let manualOverride = try checkedOverride()
        let recordings = try services.recordings()
        let recording = try await recordings.begin(key, stage: .trim, manualOverride: manualOverride)
        let settings = try TrimmingSettings(recording.sources.resolved())

        await report(15, "Checking video file", "trim")
        let original = try checkedFile(recording)
        try await recordings.markInProgress(.trim, of: key)

        let made = try await trim(recording, original, settings)
        await report(90, "Saving results", "trim")
        try await recordings.completeTrim(of: key, video: made.processedVideoPath, audio: made.audioPath)
        return made
    }

    private func checkedOverride() throws(ZoomUploaderError) -> JSONValue? {
        guard let value = arguments.manualOverride, !value.isNull else { return nil }
        guard value.object != nil else { throw .invalid("manual_override must be a dict") }
        return value
    }

    private func checkedFile(_ recording: Recording) throws(ZoomUploaderError) -> String {
        guard let path = recording.localVideoPath, !path.isEmpty else {
            throw .invalid("No video file available for trimming")
        }
        let absolute = services.storage.absolute(path)
        guard FileManager.default.fileExists(atPath: absolute) else { throw .invalid("Video file not found: \(path)") }
        return absolute
    }

    /// Makes the files. Whatever happens, no temporary file stays.
    private func trim(
        _ recording: Recording,
        _ original: String,
        _ settings: TrimmingSettings
    ) async throws -> TrimVideo.Details {
        let storage = services.storage
        let folder = storage.recordingFolder(userSlug: recording.userSlug, recordingID: key.id)
        for needed in [storage.temporaryFolder, folder] {
            try FileManager.default.createDirectory(
                atPath: storage.absolute(needed),
                withIntermediateDirectories: true
            )
        }
        let fullAudio = storage.absolute(storage.temporaryAudio(recordingID: key.id))
        let video = StagedFile(for: storage.absolute("\(folder)/video.mp4"))
        let audio = StagedFile(for: storage.absolute("\(folder)/audio.mp3"))
        defer {
            try? FileManager.default.removeItem(atPath: fullAudio)
            video.discard()
            audio.discard()
        }

        await report(20, "Extracting audio", "extract_audio")
        try await services.media.extractAudio(from: original, to: fullAudio)
        await report(40, "Analyzing audio", "analyze")
        var processedVideo = "\(folder)/video.mp4"
        switch try await plan(fullAudio, original, settings) {
        case .undetermined:
            throw ZoomUploaderError.invalid("Failed to detect audio boundaries")
        case .wholeFile:
            await report(60, "Sound throughout, using the original video", "reference_video")
            processedVideo = recording.localVideoPath ?? processedVideo
            try audio.take(fullAudio)
        case .window(let start, let end):
            context.logger.info("Recording \(key.id) keeps \(start) s to \(end) s")
            await report(60, "Trimming video", "trim_video")
            try await services.media.trimVideo(original, start: start, end: end, to: video.path)
            await report(80, "Trimming audio", "trim_audio")
            try await services.media.trimAudio(fullAudio, start: start, duration: end - start, to: audio.path)
            try video.commit()
        }
        try audio.commit()
        return TrimVideo.Details(
            success: true,
            processedVideoPath: processedVideo,
            audioPath: "\(folder)/audio.mp3"
        )
    }

    private func plan(_ audio: String, _ original: String, _ settings: TrimmingSettings) async throws -> TrimPlan {
        let scan = try await services.media.detectSilence(in: audio, settings)
        return TrimPlan(
            scan,
            audioDuration: try await services.media.duration(of: audio),
            videoDuration: try await services.media.duration(of: original),
            paddingBefore: settings.paddingBefore,
            paddingAfter: settings.paddingAfter
        )
    }

    private func report(_ percent: Int, _ status: String, _ step: String) async {
        await context.report(Progress(userID: key.userID, progress: percent, status: status, step: step))
    }
}
