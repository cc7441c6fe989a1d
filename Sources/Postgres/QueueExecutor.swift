import Dispatch

/// Runs an actor on a dispatch queue of its own, whose thread may block: Swift's cooperative pool stays free.
final class QueueExecutor: SerialExecutor {
    private let queue: DispatchQueue

    init(label: String) {
        queue = DispatchQueue(label: label)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedSerialExecutor()
        // The queue's block keeps this object alive while the job runs.
        queue.async { [self] in
            withExtendedLifetime(self) {
                job.runSynchronously(on: executor)
            }
        }
    }
}
