import Glibc

/// A folder in which files are removed, and nothing outside of it ever is.
///
/// A path is followed from the open folder, name by name, and a symbolic link on it is an error. So neither `..` nor a
/// link leads out, nor one that somebody puts there at that very moment.
public final class ConfinedFolder: Sendable {
    /// What became of something that was to be removed.
    public enum Removal: Sendable, Hashable {
        /// It was there; `bytes` is what its plain files held.
        case removed(bytes: Int)
        /// Its folder is there, but it is not.
        case absent
        /// A folder on the way isn't there, so nothing is known.
        case outOfReach
    }

    /// The deepest tree that is removed; each level holds a descriptor.
    private static let maxDepth = 32

    private let handle: FolderHandle

    /// Opens the folder. Links that lead to it are followed: where it is, is its owner's choice.
    ///
    /// - Returns: `nil` when it isn't there.
    /// - Throws: `PlatformError`.
    public init?(_ path: String) throws(PlatformError) {
        guard let handle = try FolderHandle.open(path) else { return nil }
        self.handle = handle
    }

    /// Whether nothing is in it: a place where something should be mounted looks like this.
    ///
    /// - Throws: `PlatformError`.
    public func isEmpty() throws(PlatformError) -> Bool {
        var entries = try handle.entries()
        return try entries.next() == nil
    }

    /// Removes a file. Of a symbolic link the link itself is removed.
    ///
    /// - Parameter path: The names of the folders on the way, and the file's.
    /// - Throws: `PlatformError`: `EINVAL` for a name that leads elsewhere, `ENOTDIR` or `ELOOP` for a link on the way,
    ///   `EISDIR` when it is no file, and the system's reasons.
    public func removeFile(_ path: [String]) throws(PlatformError) -> Removal {
        let (folders, name) = try Self.split(path)
        guard let parent = try open(folders) else { return .outOfReach }
        guard let facts = try parent.facts(of: name) else { return .absent }
        guard facts.kind == .file || facts.kind == .link else {
            throw PlatformError("remove \(path.joined(separator: "/"))", errno: EISDIR)
        }
        try parent.remove(name)
        return .removed(bytes: facts.size)
    }

    /// Removes a folder and all that is in it. Links in it are removed, not followed.
    ///
    /// When it fails, part of the tree may be gone.
    ///
    /// - Throws: as `removeFile`; `ENOTDIR` or `ELOOP` when it is a link or no folder, `ENAMETOOLONG` for a tree of
    ///   more than 32 levels.
    public func removeTree(_ path: [String]) throws(PlatformError) -> Removal {
        let (folders, name) = try Self.split(path)
        guard let parent = try open(folders) else { return .outOfReach }
        guard let folder = try parent.folder(name) else { return .absent }
        let bytes = try Self.empty(folder, depth: 1)
        try parent.remove(name, isFolder: true)
        return .removed(bytes: bytes)
    }

    /// Removes those plain files of a folder that are due; neither links nor what is in folders.
    ///
    /// - Parameters:
    ///   - isDue: Asked for each plain file.
    ///   - onFailure: Told the name of a file that can't be removed; the walk goes on.
    /// - Returns: How many were removed; `nil` when there is no such folder.
    /// - Throws: what the two throw; `PlatformError` when the folder can't be read.
    public func removeFiles(
        in path: [String],
        where isDue: (FileFacts) throws -> Bool,
        onFailure: (String, PlatformError) throws -> Void
    ) throws -> Int? {
        guard let folder = try open(try Self.names(path)) else { return nil }
        var entries = try folder.entries()
        var count = 0
        while let name = try entries.next() {
            guard let facts = try folder.facts(of: name), facts.kind == .file, try isDue(facts) else { continue }
            do throws(PlatformError) {
                try folder.remove(name)
            } catch {
                try onFailure(facts.name, error)
                continue
            }
            count += 1
        }
        return count
    }

    private func open(_ names: [[CChar]]) throws(PlatformError) -> FolderHandle? {
        guard var current = try handle.folder(Array(".".utf8CString)) else { return nil }
        for name in names {
            guard let next = try current.folder(name) else { return nil }
            current = next
        }
        return current
    }

    private static func empty(_ folder: borrowing FolderHandle, depth: Int) throws(PlatformError) -> Int {
        guard depth <= maxDepth else { throw PlatformError("remove a deep folder", errno: ENAMETOOLONG) }
        var bytes = 0
        var entries = try folder.entries()
        while let name = try entries.next() {
            guard let facts = try folder.facts(of: name) else { continue }
            if facts.kind == .folder {
                guard let inner = try folder.folder(name) else { continue }
                bytes += try empty(inner, depth: depth + 1)
            } else if facts.kind == .file {
                bytes += facts.size
            }
            try folder.remove(name, isFolder: facts.kind == .folder)
        }
        return bytes
    }

    /// The folders on the way, and what is at its end.
    private static func split(_ path: [String]) throws(PlatformError) -> (folders: [[CChar]], name: [CChar]) {
        var names = try names(path)
        guard let name = names.popLast() else { throw PlatformError("follow an empty path", errno: EINVAL) }
        return (names, name)
    }

    /// The names as bytes.
    ///
    /// - Throws: `EINVAL` for one that isn't the name of an entry.
    private static func names(_ path: [String]) throws(PlatformError) -> [[CChar]] {
        for name in path {
            guard !name.isEmpty, name != ".", name != "..", !name.utf8.contains(where: { $0 == 0 || $0 == 0x2f }) else {
                throw PlatformError("follow the path \(path.joined(separator: "/"))", errno: EINVAL)
            }
        }
        return path.map { Array($0.utf8CString) }
    }
}
