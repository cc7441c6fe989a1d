/// Where something to be removed is, below `storage/` in the storage root.
///
/// The root itself is too much: it is the web application's own folder, with its code and credentials.
struct StoragePath: Sendable, Hashable, CustomStringConvertible {
    /// The names below `storage/`, at least one.
    let names: [String]

    /// Takes a path from the database, relative to the root or absolute, without looking at the disk.
    ///
    /// - Throws: `.invalid` when it leads out of `storage/`, or to that folder itself.
    init(_ path: String, in storage: Storage) throws(ZoomUploaderError) {
        var names = Self.names(path)
        if path.hasPrefix("/") {
            let root = Self.names(storage.root)
            guard names.starts(with: root) else { throw Self.outside(path) }
            names.removeFirst(root.count)
        }
        guard names.first == Storage.folder, names.count > 1, !names.contains(".."), !path.utf8.contains(0) else {
            throw Self.outside(path)
        }
        self.names = Array(names.dropFirst())
    }

    /// Whether the path says that it is this recording's, as `…/recordings/7/transcriptions` does. Only such a folder
    /// is removed as a whole, so that one wrong value never takes along what belongs to others.
    func belongs(toRecording id: Int) -> Bool {
        names.contains(String(id))
    }

    var description: String { "\(Storage.folder)/\(names.joined(separator: "/"))" }

    private static func names(_ path: String) -> [String] {
        path.split(separator: "/").filter { $0 != "." }.map(String.init)
    }

    private static func outside(_ path: String) -> ZoomUploaderError {
        .invalid("\(path) is not below the storage folder and is left alone")
    }
}
