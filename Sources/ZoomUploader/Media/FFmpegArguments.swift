import CeleryProtocol

/// The command lines of the application's programs (application reference, section 7). Numbers are written as Python
/// writes floats.
enum FFmpegArguments {
    private static let quiet = ["-hide_banner", "-nostats", "-loglevel", "error"]

    /// The whole sound as 64 kbit/s, 16 kHz, mono MP3, for analysis and transcription.
    static func extractAudio(from input: String, to output: String) -> [String] {
        quiet
            + ["-i", input, "-map", "0:a:0", "-vn", "-acodec", "libmp3lame", "-ab", "64k", "-ar", "16000", "-ac", "1"]
            + ["-y", output]
    }

    /// Reports silences on standard error, at the log level `info`.
    static func detectSilence(in input: String, threshold: Double, minDuration: Double) -> [String] {
        let filter = "silencedetect=noise=\(PythonRepr.float(threshold))dB:d=\(PythonRepr.float(minDuration))"
        return ["-hide_banner", "-nostats", "-threads", "1", "-i", input, "-af", filter, "-f", "null", "-"]
    }

    /// A part of a video, streams copied. The seek stands after the input: it is exact to the packet.
    static func trimVideo(_ input: String, start: Double, end: Double, to output: String) -> [String] {
        quiet
            + ["-i", input, "-ss", PythonRepr.float(start), "-t", PythonRepr.float(end - start)]
            + ["-c:v", "copy", "-c:a", "copy", "-y", output]
    }

    /// A part of an MP3, copied.
    static func trimAudio(_ input: String, start: Double, duration: Double, to output: String) -> [String] {
        quiet
            + ["-ss", PythonRepr.float(start), "-t", PythonRepr.float(duration), "-i", input, "-c", "copy"]
            + ["-y", output]
    }

    /// The container's facts as JSON.
    static func probe(_ input: String) -> [String] {
        ["-v", "quiet", "-print_format", "json", "-show_format", input]
    }
}
