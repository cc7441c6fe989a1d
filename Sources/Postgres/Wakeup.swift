import CLinux
import Glibc

/// Wakes the thread that waits for the server, from any thread. Stays set.
final class Wakeup: Sendable {
    /// The descriptor to poll for reading.
    let raw: Int32

    init() throws(PostgresError) {
        raw = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard raw >= 0 else { throw PostgresError(.connectionFailed, "no eventfd could be made, errno \(errno)") }
    }

    deinit {
        close(raw)
    }

    func signal() {
        eventfd_write(raw, 1)
    }
}
