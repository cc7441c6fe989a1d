import CeleryProtocol
import Logging
import Threads

/// Runs a task's hooks in the worker, for bodies that were ended by force and could not run them.
///
/// Hooks are a user's code and may block, so each run has a thread; nobody waits for one longer than `timeout`.
final class HookRunner: Sendable {
    private let runner: TaskRunner
    private let timeout: Duration
    private let logger: Logger

    init(runner: TaskRunner, timeout: Duration, logger: Logger) {
        self.runner = runner
        self.timeout = timeout
        self.logger = logger
    }

    /// Runs the hooks and then `done`, which is called exactly once.
    func run(_ job: Job, _ hook: TaskRunner.Hook, then done: @escaping @Sendable () -> Void) {
        let once = Once(done)
        do {
            try OperatingThread.start(name: "hook") { [runner] in
                ThreadExecutor().run(started: { _ in }, { await runner.run(hook, of: job) })
                once.call()
            }
        } catch {
            logger.error("\(job.task.name)[\(job.id)]: its hooks could not run: \(error)")
            once.call()
            return
        }
        Task { [timeout, logger] in
            try? await Task.sleep(for: timeout)
            guard once.call() else { return }
            logger.error("\(job.task.name)[\(job.id)]: its hooks still run after \(timeout.secondsText) s")
        }
    }

    /// Lets the first of two callers through.
    private final class Once: Sendable {
        private let pending: Lock<(@Sendable () -> Void)?>

        init(_ done: @escaping @Sendable () -> Void) {
            pending = Lock(done)
        }

        /// - Returns: whether this call was the first.
        @discardableResult
        func call() -> Bool {
            let done = pending.withLock { $0.take() }
            done?()
            return done != nil
        }
    }
}
