import Glibc

/// Small files, whole.
public enum Files {
    /// Whether something can be read at the path.
    public static func isReadable(_ path: String) -> Bool { access(path, R_OK) == 0 }

    /// Whether something is there.
    public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The names in a folder; empty when it can't be read.
    static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            )
        }
        return names
    }

    /// Reads a file of at most `limit` bytes.
    ///
    /// - Throws: `PlatformError`; `EFBIG` for a file beyond the limit.
    public static func read(_ path: String, limit: Int) throws(PlatformError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw PlatformError("open \(path)") }
        defer { Glibc.close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw PlatformError("read \(path)")
            }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= limit else { throw PlatformError("read \(path)", errno: EFBIG) }
        }
    }

    /// The size in bytes; zero for a file that is not there.
    public static func size(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Reads the end of a file: what follows `offset`, and of that the last `limit` bytes; nothing from a file that
    /// can't be read.
    public static func tail(_ path: String, from offset: Int, limit: Int) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { Glibc.close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: limit)
        let count = pread(descriptor, &bytes, limit, max(offset, size(path) - limit))
        return Array(bytes.prefix(max(0, count)))
    }

    /// Makes a folder and those above it, as far as they are missing, with mode 0755.
    ///
    /// - Throws: `PlatformError`.
    public static func makeFolder(_ path: String) throws(PlatformError) {
        guard !path.isEmpty, !exists(path) else { return }
        if let slash = path.lastIndex(of: "/") { try makeFolder(String(path[..<slash])) }
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw PlatformError("create \(path)") }
    }

    /// Makes a file that must not exist yet.
    ///
    /// - Throws: `PlatformError`; `EEXIST` when it is there.
    public static func create(_ path: String, contents: String) throws(PlatformError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw PlatformError("create \(path)") }
        let written = FileDescriptor.write(Array(contents.utf8), to: descriptor)
        let failure = errno
        Glibc.close(descriptor)
        guard written else {
            unlink(path)
            throw PlatformError("write \(path)", errno: failure)
        }
    }

    /// Writes a file in place of the one that may be there: whoever reads it finds the old or the new one, whole, also after a
    /// loss of power.
    ///
    /// - Throws: `PlatformError`; the old file is untouched then.
    public static func replace(_ path: String, contents: [UInt8]) throws(PlatformError) {
        let next = path + ".new"
        let descriptor = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw PlatformError("create \(next)") }
        let written = FileDescriptor.write(contents, to: descriptor) && fsync(descriptor) == 0
        let failure = errno
        Glibc.close(descriptor)
        guard written, rename(next, path) == 0 else {
            let failure = written ? errno : failure
            unlink(next)
            throw PlatformError("write \(path)", errno: failure)
        }
    }

    /// Removes a file, if it is there.
    public static func remove(_ path: String) { unlink(path) }
}
