import Platform

/// The file that says which process a worker is, and keeps a second one from starting (Celery reference, 10.9).
struct PIDFile: Sendable {
    let path: String

    /// Why there is no file of ours.
    enum Failure: Error {
        /// A living process has it.
        case locked(Int32)
        case system(PlatformError)
    }

    /// Makes the file; one of a process that is gone, or that can't be read, is replaced.
    ///
    /// - Parameter note: gets a line when a file was replaced.
    static func acquire(
        _ path: String,
        processID: Int32 = ThisProcess.identifier,
        note: (String) -> Void
    ) throws(Failure) -> PIDFile {
        // Another worker may make the file between a removal and the next attempt.
        for _ in 0..<3 {
            do {
                try Files.create(path, contents: "\(processID)\n")
                return PIDFile(path: path)
            } catch  where error.isAlreadyThere {
                if let line = try staleness(of: path, processID: processID) { note(line) }
                Files.remove(path)
            } catch {
                throw .system(error)
            }
        }
        throw .system(PlatformError("create \(path)"))
    }

    /// Removes the file, if it is still this process's.
    func release(processID: Int32 = ThisProcess.identifier) {
        guard Self.owner(path) == processID else { return }
        Files.remove(path)
    }

    /// Throws when the file's process lives; else gives what to say about its replacement.
    private static func staleness(of path: String, processID: Int32) throws(Failure) -> String? {
        guard let owner = owner(path) else {
            return Files.exists(path) ? "Broken pidfile found - Removing it." : nil
        }
        if owner == processID { return nil }
        guard !ThisProcess.exists(owner) else { throw .locked(owner) }
        return "Stale pidfile exists - Removing it."
    }

    /// The process id that a file holds; `nil` when there is no file, or no id in it.
    static func owner(_ path: String) -> Int32? {
        guard let bytes = try? Files.read(path, limit: 64), bytes.last == UInt8(ascii: "\n") else { return nil }
        let line = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        return Int32(line).flatMap { $0 > 0 ? $0 : nil }
    }
}
