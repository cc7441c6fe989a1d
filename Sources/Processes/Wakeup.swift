import CLinux
import Glibc

/// Wakes a thread that waits in `poll`, from any thread. Stays set.
final class Wakeup: Sendable {
    private let descriptor: OwnedDescriptor

    /// The descriptor to poll for reading.
    var raw: Int32 { descriptor.raw }

    init() throws(ProcessError) {
        let raw = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard raw >= 0 else { throw .system("no eventfd could be made", errno) }
        descriptor = OwnedDescriptor(raw)
    }

    func signal() {
        eventfd_write(descriptor.raw, 1)
    }
}
