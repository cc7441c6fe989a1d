/// Where files are (application reference, 9). Paths in the database are relative to the root, as are all of these
/// unless they say absolute.
struct Storage: Sendable {
    /// Absolute, without a slash at its end.
    let root: String

    init(root: String) {
        var root = root[...]
        while root.count > 1, root.last == "/" { root.removeLast() }
        self.root = String(root)
    }

    /// The absolute path of a path from the database. Always with a leading slash, so that ffmpeg takes it for a file
    /// and neither for an option nor a URL.
    func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : "\(root == "/" ? "" : root)/\(path)"
    }

    /// The folder of one recording.
    func recordingFolder(userSlug: Int, recordingID: Int) -> String {
        let digits = String(userSlug)
        let padded = String(repeating: "0", count: max(0, 6 - digits.count)) + digits
        return "storage/users/user_\(padded)/recordings/\(recordingID)"
    }

    /// The scratch folder.
    var temporaryFolder: String { "storage/temp" }

    /// A new name for the audio that is analysed. Each attempt has its own: a redelivered task may run while the first
    /// one still does.
    func temporaryAudio(recordingID: Int) -> String {
        "\(temporaryFolder)/\(recordingID)_full_audio_\(Self.suffix()).mp3"
    }

    /// Eight random hex digits.
    static func suffix() -> String {
        let digits = String(UInt32.random(in: 0...UInt32.max), radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
