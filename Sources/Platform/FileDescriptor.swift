import Glibc

/// Writing to open files.
public enum FileDescriptor {
    public static let standardInput: Int32 = 0
    public static let standardOutput: Int32 = 1
    public static let standardError: Int32 = 2

    /// Writes all bytes, in one `write(2)` when the kernel takes them at once.
    ///
    /// A descriptor that would block is waited for, a second at a time, ten times at most.
    ///
    /// - Returns: whether all was written.
    @discardableResult
    public static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var offset = 0
            var waits = 0
            while offset < buffer.count {
                let count = Glibc.write(descriptor, buffer.baseAddress?.advanced(by: offset), buffer.count - offset)
                if count >= 0 {
                    offset += count
                } else if errno == EAGAIN, waits < 10 {
                    waits += 1
                    var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    poll(&entry, 1, 1000)
                } else if errno != EINTR {
                    return false
                }
            }
            return true
        }
    }

    /// Whether the descriptor is a terminal.
    public static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// Opens a file for appending, made with mode 0644 if need be, closed on exec.
    ///
    /// - Throws: `PlatformError`.
    public static func openForAppending(_ path: String) throws(PlatformError) -> Int32 {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw PlatformError("open \(path)") }
        return descriptor
    }

    /// Closes a descriptor.
    public static func close(_ descriptor: Int32) { _ = Glibc.close(descriptor) }

    /// Keeps a descriptor from programs that this process starts.
    public static func closeOnExec(_ descriptor: Int32) { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }

    /// What is open and passed on to programs that this process becomes or starts.
    public static var passedOn: Set<Int32> {
        Set(
            openDescriptors().filter { descriptor in
                let flags = fcntl(descriptor, F_GETFD)
                return flags >= 0 && flags & FD_CLOEXEC == 0
            }
        )
    }

    /// Makes `copy` mean the same open file as `descriptor`.
    public static func duplicate(_ descriptor: Int32, as copy: Int32) { _ = dup2(descriptor, copy) }
}
