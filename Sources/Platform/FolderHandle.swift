import Glibc

/// An open folder. Names are bytes: a file's name need not be UTF-8.
struct FolderHandle: ~Copyable, Sendable {
    private let raw: Int32

    private init(raw: Int32) {
        self.raw = raw
    }

    deinit {
        Glibc.close(raw)
    }

    /// Opens a folder, following links; `nil` when it isn't there.
    static func open(_ path: String) throws(PlatformError) -> FolderHandle? {
        try opened(Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open \(path)")
    }

    /// Opens a folder in this one, or this one once more with `.`; `nil` when it isn't there. A symbolic link is an
    /// error.
    borrowing func folder(_ name: [CChar]) throws(PlatformError) -> FolderHandle? {
        try Self.opened(
            openat(raw, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
            "open folder \(Self.text(name)) without following links"
        )
    }

    private static func opened(_ raw: Int32, _ operation: String) throws(PlatformError) -> FolderHandle? {
        guard raw < 0 else { return FolderHandle(raw: raw) }
        guard errno == ENOENT else { throw PlatformError(operation) }
        return nil
    }

    /// What is known of an entry; of a link itself, not of what it leads to. `nil` when it isn't there.
    borrowing func facts(of name: [CChar]) throws(PlatformError) -> FileFacts? {
        var status = stat()
        guard fstatat(raw, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            guard errno == ENOENT else { throw PlatformError("stat \(Self.text(name))") }
            return nil
        }
        let kind: FileFacts.Kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            case S_IFLNK: .link
            default: .other
            }
        return FileFacts(
            name: Self.text(name),
            kind: kind,
            size: Int(status.st_size),
            modifiedAt: Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9
        )
    }

    /// Removes an entry; one that is gone already is no error.
    borrowing func remove(_ name: [CChar], isFolder: Bool = false) throws(PlatformError) {
        guard unlinkat(raw, name, isFolder ? AT_REMOVEDIR : 0) == 0 || errno == ENOENT else {
            throw PlatformError("remove \(Self.text(name))")
        }
    }

    /// The folder's entries, without `.` and `..`, one after the other. Those seen may be removed meanwhile.
    borrowing func entries() throws(PlatformError) -> FolderEntries {
        try FolderEntries(raw)
    }

    static func text(_ name: [CChar]) -> String {
        String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// A walk through a folder.
struct FolderEntries: ~Copyable {
    private let raw: OpaquePointer

    fileprivate init(_ folder: Int32) throws(PlatformError) {
        // The stream closes its descriptor, so it needs one of its own.
        let descriptor = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw PlatformError("open folder") }
        guard let raw = fdopendir(descriptor) else {
            let code = errno
            Glibc.close(descriptor)
            throw PlatformError("read folder", errno: code)
        }
        self.raw = raw
    }

    deinit {
        closedir(raw)
    }

    /// The next name, with its NUL.
    mutating func next() throws(PlatformError) -> [CChar]? {
        while true {
            errno = 0
            guard let entry = readdir(raw) else {
                guard errno == 0 else { throw PlatformError("read folder") }
                return nil
            }
            // In place: the entry ends with its name and may be shorter than Swift's idea of it.
            let name = withUnsafeMutablePointer(to: &entry.pointee.d_name) { pointer in
                let start = UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self)
                return Array(UnsafeBufferPointer(start: start, count: strlen(start) + 1))
            }
            let text = FolderHandle.text(name)
            if text != ".", text != ".." { return name }
        }
    }
}
