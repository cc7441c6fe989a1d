/// One thread that runs one asynchronous operation at a time, from start to end.
///
/// The operation may block the thread. While it is suspended, the thread sleeps until the operation's next job.
public final class ThreadExecutor: TaskExecutor {
    private let jobs = BlockingQueue<Step>()

    /// What the thread does next: a piece of the operation, or stop because the operation is over.
    private enum Step: Sendable {
        case job(UnownedJob)
        case finished
    }

    public init() {}

    public func enqueue(_ job: consuming ExecutorJob) {
        jobs.append(.job(UnownedJob(job)))
        jobs.wake()
    }

    /// Runs an operation on the calling thread and returns when it is over. Only one thread may call this.
    ///
    /// - Parameter started: receives the operation's handle, for cancelling it, before it runs.
    public func run<Value: Sendable>(
        started: (Task<Value, Never>) -> Void,
        _ operation: @escaping @Sendable () async -> Value
    ) -> Value {
        let result = Box<Value>()
        started(
            Task(executorPreference: self) {
                let value = await operation()
                result.value = value
                self.jobs.append(.finished)
                return value
            }
        )
        while let step = jobs.next() {
            switch step {
            case .job(let job):
                job.runSynchronously(on: asUnownedTaskExecutor())
            case .finished:
                if let value = result.value { return value }
            }
        }
        fatalError("a thread executor's queue is never closed")
    }

    /// Carries the value from the operation, which runs on this thread, to the loop below it on the same thread.
    private final class Box<Value>: @unchecked Sendable {
        // @unchecked: written and read by the one thread that drives the executor.
        var value: Value?
    }
}
