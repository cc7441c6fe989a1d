import Synchronization
import Threads

/// The time limits that the command `time_limit` has given to tasks, in place of their own.
final class TimeLimits: Sendable {
    private let limits = Lock<[String: TaskLimits]>([:])
    private let isActive = Atomic(false)

    /// Sets a task's limits; what it has none of, the settings may have.
    func set(_ changed: KeptTimeLimits, of task: RegisteredTask, _ settings: Settings) {
        var options = task.options
        options.softTimeLimit = changed.soft.map { .seconds($0) }
        options.timeLimit = changed.hard.map { .seconds($0) }
        let limits = TaskLimits(options: options, settings: settings)
        self.limits.withLock { $0[task.name] = limits }
        isActive.store(true, ordering: .releasing)
    }

    /// `nil` for a task that has its own.
    func limits(of task: String) -> TaskLimits? {
        guard isActive.load(ordering: .acquiring) else { return nil }
        return limits.withLock { $0[task] }
    }
}
