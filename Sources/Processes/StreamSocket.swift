import CLinux
import Glibc

/// One end of a pair of connected sockets, with one owner, who closes it. Programs started later don't get it.
public struct StreamSocket: ~Copyable, Sendable {
    /// What reading came to.
    public enum Received: Sendable, Hashable {
        case bytes(Int)
        /// Nothing is there yet.
        case nothing
        /// The other end is closed.
        case closed
        /// The descriptor isn't this socket any more: somebody else in this process has closed it.
        case stolen
    }

    /// The number to poll.
    public let descriptor: Int32

    /// Takes over a descriptor that this process was started with.
    ///
    /// - Throws: `.systemFailure` when it isn't a socket.
    public init(inherited descriptor: Int32) throws(ProcessError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else {
            throw .system("descriptor \(descriptor) is no socket", errno)
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        self.init(owning: descriptor)
    }

    init(owning descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        Glibc.close(descriptor)
    }

    /// Reads once, into the part of `buffer` from `offset` on.
    ///
    /// - Parameter waits: whether to wait until something is there.
    public func receive(into buffer: inout [UInt8], at offset: Int, waits: Bool) -> Received {
        precondition(offset >= 0 && offset < buffer.count, "no room to read into")
        while true {
            let count = buffer.withUnsafeMutableBytes { bytes in
                recv(
                    descriptor,
                    bytes.baseAddress?.advanced(by: offset),
                    bytes.count - offset,
                    waits ? 0 : Int32(MSG_DONTWAIT)
                )
            }
            if count > 0 { return .bytes(count) }
            if count == 0 { return .closed }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .nothing
            case EBADF, ENOTSOCK: return .stolen
            default: return .closed
            }
        }
    }

    /// Writes the bytes from `offset` on.
    ///
    /// - Parameter waits: whether to wait until all is written.
    /// - Returns: how many were written; `nil` when the other end is closed.
    public func send(_ bytes: [UInt8], from offset: Int = 0, waits: Bool) -> Int? {
        let flags = Int32(MSG_NOSIGNAL) | (waits ? 0 : Int32(MSG_DONTWAIT))
        return bytes.withUnsafeBytes { buffer -> Int? in
            var position = offset
            while position < buffer.count {
                let count = Glibc.send(
                    descriptor,
                    buffer.baseAddress?.advanced(by: position),
                    buffer.count - position,
                    flags
                )
                if count >= 0 {
                    position += count
                } else if errno == EAGAIN {
                    break
                } else if errno != EINTR {
                    return nil
                }
            }
            return position - offset
        }
    }

    /// Tells the other end that nothing more comes.
    public func finishSending() {
        _ = shutdown(descriptor, Int32(SHUT_WR))
    }
}

/// Two connected sockets: one to keep, one for a child.
public struct SocketPair: ~Copyable, Sendable {
    private let ours: StreamSocket
    private let theirs: StreamSocket

    /// - Throws: `.systemFailure` when the system refuses.
    public init() throws(ProcessError) {
        var ends: [Int32] = [-1, -1]
        let error = clinux_socket_pair(&ends)
        guard error == 0 else { throw .system("no socket pair could be made", error) }
        ours = StreamSocket(owning: ends[0])
        theirs = StreamSocket(owning: ends[1])
    }

    /// What the child gets.
    public var childEnd: Int32 { theirs.descriptor }

    /// Closes the child's end and hands out the other.
    public consuming func intoOurs() -> StreamSocket {
        ours
    }
}
