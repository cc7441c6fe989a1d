import CLinux
import Glibc

/// A file descriptor with one owner, who closes it.
struct OwnedDescriptor: ~Copyable, Sendable {
    let raw: Int32

    /// Takes over an open descriptor.
    init(_ raw: Int32) {
        self.raw = raw
    }

    deinit {
        Glibc.close(raw)
    }

    func setNonBlocking() {
        let flags = fcntl(raw, F_GETFL)
        _ = fcntl(raw, F_SETFL, flags | O_NONBLOCK)
    }
}

/// A pipe whose ends close on exec.
struct Pipe: ~Copyable {
    let readEnd: OwnedDescriptor
    let writeEnd: OwnedDescriptor

    init() throws(ProcessError) {
        var reading: Int32 = -1
        var writing: Int32 = -1
        let error = clinux_pipe(&reading, &writing)
        guard error == 0 else { throw .system("no pipe could be made", error) }
        readEnd = OwnedDescriptor(reading)
        writeEnd = OwnedDescriptor(writing)
    }

    /// Closes the end for writing and hands out the one for reading.
    consuming func intoReadEnd() -> OwnedDescriptor {
        readEnd
    }
}
