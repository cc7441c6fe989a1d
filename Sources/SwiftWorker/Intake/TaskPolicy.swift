/// What holds for a task when its own options are laid over the settings.
struct TaskPolicy: Sendable, Hashable {
    let acksLate: Bool
    let acksOnFailure: Bool
    let acksOnTimeout: Bool
    let rejectsOnWorkerLost: Bool
    let retriesOnWorkerLost: Bool
    let ignoresResult: Bool
    let storesErrorsEvenIfIgnored: Bool
    let tracksStarted: Bool
    /// Where the message has none of its own.
    let limits: TaskLimits
    /// Of which tasks of the type events are sent.
    let sampling: EventSampling

    init(of task: String, options: TaskOptions, settings: Settings) {
        acksLate = options.acksLate ?? settings.taskAcksLate
        let acksOnBoth = options.acksOnFailureOrTimeout ?? settings.taskAcksOnFailureOrTimeout
        acksOnFailure = options.acksOnFailure ?? settings.taskAcksOnFailure ?? acksOnBoth
        acksOnTimeout = options.acksOnTimeout ?? settings.taskAcksOnTimeout ?? acksOnBoth
        rejectsOnWorkerLost = options.rejectOnWorkerLost ?? settings.taskRejectOnWorkerLost
        retriesOnWorkerLost = options.retryOnWorkerLost ?? settings.taskRetryOnWorkerLost
        limits = TaskLimits(options: options, settings: settings)
        ignoresResult = options.ignoreResult ?? settings.taskIgnoreResult
        storesErrorsEvenIfIgnored = options.storeErrorsEvenIfIgnored ?? settings.taskStoreErrorsEvenIfIgnored
        tracksStarted = options.trackStarted ?? settings.taskTrackStarted
        sampling = EventSampling(of: task, options: options, settings: settings)
    }
}
