import CLinux
import Glibc

/// A thread of the operating system, for work that blocks: Swift's own pool has only as many threads as cores.
public enum OperatingThread {
    /// The stack of a thread, in bytes. Memory is only committed as far as it is touched.
    public static let stackSize = 8 << 20

    /// Bounds the number of heaps that malloc spreads over the threads.
    ///
    /// Each new thread may open one more, and each reconnect is a new thread: without a bound, memory grew by 8 MB over
    /// two dozen reconnects. Call it before the first thread starts.
    public static func limitHeaps(to count: Int) {
        _ = clinux_limit_arenas(Int32(clamping: count))
    }

    /// Starts a detached thread. The body says itself when it is over; nothing joins it.
    ///
    /// - Parameters:
    ///   - name: shown by `top -H`; cut at 15 bytes.
    ///   - stackSize: in bytes.
    /// - Throws: `ThreadError` when the system refuses another thread.
    public static func start(
        name: String,
        stackSize: Int = OperatingThread.stackSize,
        _ body: @escaping @Sendable () -> Void
    ) throws(ThreadError) {
        final class Start {
            let name: String
            let body: @Sendable () -> Void

            init(name: String, body: @escaping @Sendable () -> Void) {
                self.name = name
                self.body = body
            }
        }
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, stackSize)
        var thread = pthread_t()
        let start = Unmanaged.passRetained(Start(name: name, body: body))
        let status = pthread_create(
            &thread,
            &attributes,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                clinux_name_thread(start.name)
                start.body()
                return nil
            },
            start.toOpaque()
        )
        if status != 0 {
            start.release()
            throw ThreadError(operation: "pthread_create", errno: status)
        }
    }
}

/// The system refused a thread or a signal handler.
public struct ThreadError: Error, Sendable, CustomStringConvertible {
    /// The call that failed.
    public let operation: String
    /// The C library's error number.
    public let errno: Int32

    public var description: String {
        "\(operation) failed: \(String(cString: strerror(errno))) (errno \(errno))"
    }
}
