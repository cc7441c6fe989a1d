import Glibc

/// A pipe for what a child prints: one end to read, one for the child.
public struct OutputPipe: ~Copyable, Sendable {
    private let pipe: Pipe

    /// - Throws: `.systemFailure` when the system refuses.
    public init() throws(ProcessError) {
        pipe = try Pipe()
    }

    /// What the child gets.
    public var childEnd: Int32 { pipe.writeEnd.raw }

    /// Closes the child's end, or the pipe would never end, and hands out the other.
    public consuming func intoReader() -> OutputReader {
        OutputReader(pipe.intoReadEnd())
    }
}

/// The end of a pipe that is read, without ever waiting. It has one owner, who closes it.
public struct OutputReader: ~Copyable, Sendable {
    private let end: OwnedDescriptor

    init(_ end: consuming OwnedDescriptor) {
        end.setNonBlocking()
        self.end = end
    }

    /// The number to poll.
    public var descriptor: Int32 { end.raw }

    /// Reads once, over the beginning of `buffer`.
    public func read(into buffer: inout [UInt8]) -> StreamSocket.Received {
        while true {
            let count = Glibc.read(end.raw, &buffer, buffer.count)
            if count > 0 { return .bytes(count) }
            if count == 0 { return .closed }
            if errno != EINTR { return errno == EAGAIN ? .nothing : .closed }
        }
    }
}
