import JSON
import Processes
import Threads

/// ffmpeg and ffprobe. Every run has a process group of its own that ends with it; a cancelled task ends its run.
struct MediaTools: Sendable {
    private let ffmpeg: String
    private let ffprobe: String
    private let runner: CommandRunner

    init(_ configuration: ZoomUploaderConfiguration) {
        ffmpeg = configuration.ffmpeg
        ffprobe = configuration.ffprobe
        runner = CommandRunner(
            timeout: configuration.mediaTimeout,
            outputLimits: .nothing,
            errorLimits: .init(head: 4 << 10, tail: 16 << 10)
        )
    }

    /// Writes the whole sound of `input` to an MP3.
    ///
    /// - Throws: `.media`; `CancellationError`.
    func extractAudio(from input: String, to output: String) async throws {
        try await run(FFmpegArguments.extractAudio(from: input, to: output), "Failed to extract audio")
    }

    /// Looks for silences in an audio file.
    func detectSilence(in input: String, _ settings: TrimmingSettings) async throws -> SilenceScan {
        let scan = ScanBox()
        let arguments = FFmpegArguments.detectSilence(
            in: input,
            threshold: settings.silenceThreshold,
            minDuration: settings.minSilenceDuration
        )
        try await run(arguments, "Failed to analyze audio") { scan.consume($0) }
        return scan.value
    }

    func trimVideo(_ input: String, start: Double, end: Double, to output: String) async throws {
        try await run(
            FFmpegArguments.trimVideo(input, start: start, end: end, to: output),
            "Failed to trim video"
        )
    }

    func trimAudio(_ input: String, start: Double, duration: Double, to output: String) async throws {
        try await run(
            FFmpegArguments.trimAudio(input, start: start, duration: duration, to: output),
            "Failed to trim audio"
        )
    }

    /// A file's length in seconds, `nil` when ffprobe can't tell.
    func duration(of input: String) async throws -> Double? {
        let probe = CommandRunner(timeout: .seconds(60), errorLimits: .nothing)
        let result = try await Self.translating("ffprobe failed") { () throws(ProcessError) in
            try await probe.run(Command(ffprobe, FFmpegArguments.probe(input)))
        }
        guard result.status.isSuccess,
            let facts = try? JSONValue(parsing: result.standardOutput.bytes),
            let text = facts["format"]?["duration"]?.string,
            let duration = Double(text), duration.isFinite, duration >= 0
        else { return nil }
        return duration
    }

    private func run(
        _ arguments: [String],
        _ failure: String,
        onErrorLine: (@Sendable (String) -> Void)? = nil
    ) async throws {
        let result = try await Self.translating(failure) { () throws(ProcessError) in
            try await runner.run(Command(ffmpeg, arguments), onErrorLine: onErrorLine)
        }
        guard result.status.isSuccess else {
            let lines = result.standardError.text.split(whereSeparator: \.isNewline).suffix(3)
            throw ZoomUploaderError.media(
                "\(failure): \((["ffmpeg ended with \(result.status)"] + lines).joined(separator: "; "))"
            )
        }
    }

    private static func translating(
        _ failure: String,
        _ body: () async throws(ProcessError) -> CommandResult
    ) async throws -> CommandResult {
        do throws(ProcessError) {
            return try await body()
        } catch {
            guard error.code != .cancelled else { throw CancellationError() }
            throw ZoomUploaderError.media("\(failure): \(error)")
        }
    }
}

/// A scan that is filled from the thread that reads ffmpeg's lines.
private final class ScanBox: Sendable {
    private let scan = Lock(SilenceScan())

    var value: SilenceScan { scan.withLock { $0 } }

    func consume(_ line: String) {
        scan.withLock { $0.consume(line) }
    }
}
