import CLinux

/// Runs work on a thread of its own, off Swift's cooperative pool, with every signal blocked.
enum DedicatedThread {
    private final class Work: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Starts `body`. The thread ends with it.
    ///
    /// - Parameter name: Shown by `ps` and debuggers; 15 bytes at most.
    static func start(named name: String, _ body: @escaping @Sendable () -> Void) throws(ProcessError) {
        let work = Unmanaged.passRetained(Work(body))
        let error = clinux_start_thread(
            name,
            { context in
                guard let context else { return nil }
                Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
                return nil
            },
            work.toOpaque()
        )
        guard error == 0 else {
            work.release()
            throw .system("no thread could be started", error)
        }
    }
}
