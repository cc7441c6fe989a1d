import CLinux
import Glibc

/// Waits for any number of descriptors at once (`epoll`). One thread waits.
public final class Poller: Sendable {
    /// What to wait for, besides the other end's closing.
    public struct Interest: OptionSet, Sendable {
        public let rawValue: UInt32

        public init(rawValue: UInt32) { self.rawValue = rawValue }

        public static let reading = Interest(rawValue: EPOLLIN.rawValue)
        public static let writing = Interest(rawValue: EPOLLOUT.rawValue)
        /// Once for each change instead of as long as it lasts.
        public static let changes = Interest(rawValue: EPOLLET.rawValue)
    }

    /// A descriptor on which something happened, by the token that it was added with.
    public struct Ready: Sendable {
        public let token: UInt64
        /// There is something to read, or the end.
        public let isReadable: Bool
        public let isWritable: Bool
    }

    private let descriptor: OwnedDescriptor

    public init() throws(ProcessError) {
        let raw = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard raw >= 0 else { throw .system("no epoll could be made", errno) }
        descriptor = OwnedDescriptor(raw)
    }

    public func add(_ watched: Int32, _ interest: Interest, token: UInt64) throws(ProcessError) {
        let error = clinux_epoll_control(descriptor.raw, EPOLL_CTL_ADD, watched, interest.rawValue, token)
        guard error == 0 else { throw .system("descriptor \(watched) can't be watched", error) }
    }

    public func change(_ watched: Int32, _ interest: Interest, token: UInt64) {
        _ = clinux_epoll_control(descriptor.raw, EPOLL_CTL_MOD, watched, interest.rawValue, token)
    }

    /// Before the descriptor is closed.
    public func remove(_ watched: Int32) {
        _ = clinux_epoll_control(descriptor.raw, EPOLL_CTL_DEL, watched, 0, 0)
    }

    /// Waits, and gives what is ready; nothing after `timeout`. 64 at most.
    ///
    /// - Parameter timeout: `nil` waits without end. Rounded up to milliseconds.
    public func wait(_ timeout: Duration?) -> [Ready] {
        withUnsafeTemporaryAllocation(of: clinux_ready.self, capacity: 64) { buffer in
            let count = clinux_epoll_wait(descriptor.raw, buffer.baseAddress, 64, Self.milliseconds(timeout))
            return (0..<Int(count)).map { index in
                let events = buffer[index].events
                return Ready(
                    token: buffer[index].token,
                    isReadable: events & ~EPOLLOUT.rawValue != 0,
                    isWritable: events & EPOLLOUT.rawValue != 0
                )
            }
        }
    }

    private static func milliseconds(_ timeout: Duration?) -> Int32 {
        guard let timeout else { return -1 }
        let (seconds, attoseconds) = max(.zero, timeout).components
        guard seconds < 86_400 else { return 86_400_000 }
        return Int32(seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
