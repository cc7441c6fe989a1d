import Platform

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
        return "\(Self.folder)/users/user_\(padded)/recordings/\(recordingID)"
    }

    /// The folder of all files, in the root. Nothing outside of it is ever removed.
    static let folder = "storage"

    /// The scratch folder's name in it.
    static let temporaryFolder = "temp"

    /// The scratch folder.
    var temporaryFolder: String { "\(Self.folder)/\(Self.temporaryFolder)" }

    /// The folder of all files, for removing.
    ///
    /// - Throws: `.configuration` when it is missing or empty. Then no conclusion may be drawn from a missing file: the
    ///   disk isn't mounted, or the root is wrong. `PlatformError` when it can't be read.
    func opened() throws -> ConfinedFolder {
        let path = absolute(Self.folder)
        guard let folder = try ConfinedFolder(path), try !folder.isEmpty() else {
            throw ZoomUploaderError(
                .configuration,
                "\(path) is missing or empty: mount the storage, or set ZOOMUPLOADER_STORAGE_ROOT to the folder it is in"
            )
        }
        return folder
    }

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
