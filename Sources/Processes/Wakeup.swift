import CLinux
import Glibc

/// Wakes a thread that polls, from any thread. Stays set.
public final class Wakeup: Sendable {
    private let owned: OwnedDescriptor

    /// The descriptor to poll for reading; who wants to sleep again polls it for changes.
    public var descriptor: Int32 { owned.raw }

    public init() throws(ProcessError) {
        let raw = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard raw >= 0 else { throw .system("no eventfd could be made", errno) }
        owned = OwnedDescriptor(raw)
    }

    public func signal() {
        eventfd_write(owned.raw, 1)
    }
}
