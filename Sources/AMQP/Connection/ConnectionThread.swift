import CLinux
import Glibc

/// Starts the threads of connections.
enum ConnectionThread {
    private final class Work {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// Runs a body on a detached thread of its own, with all signals blocked: they are for the main thread.
    ///
    /// - Throws: `connectFailed` if the system gives no thread.
    static func start(name: String, _ body: @escaping @Sendable () -> Void) throws(AMQPError) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        // librabbitmq reads nested tables by recursion, as deep as a frame allows.
        pthread_attr_setstacksize(&attributes, 16 << 20)
        let work = Unmanaged.passRetained(Work(name: name, body: body))
        var all = sigset_t()
        var previous = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &previous)
        defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
        var thread = pthread_t()
        let status = pthread_create(
            &thread,
            &attributes,
            { argument in
                guard let argument else { return nil }
                let work = Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
                clinux_name_thread(work.name)
                work.body()
                return nil
            },
            work.toOpaque()
        )
        if status != 0 {
            work.release()
            throw AMQPError(.connectFailed, "no thread: \(String(cString: strerror(status)))")
        }
    }
}
