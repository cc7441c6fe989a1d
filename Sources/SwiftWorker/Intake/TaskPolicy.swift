/// What holds for a task when its own options are laid over the settings.
struct TaskPolicy: Sendable, Hashable {
    let acksLate: Bool
    let acksOnFailure: Bool
    let ignoresResult: Bool
    let storesErrorsEvenIfIgnored: Bool
    let tracksStarted: Bool

    init(options: TaskOptions, settings: Settings) {
        acksLate = options.acksLate ?? settings.taskAcksLate
        acksOnFailure = options.acksOnFailureOrTimeout ?? settings.taskAcksOnFailureOrTimeout
        ignoresResult = options.ignoreResult ?? settings.taskIgnoreResult
        storesErrorsEvenIfIgnored = options.storeErrorsEvenIfIgnored ?? settings.taskStoreErrorsEvenIfIgnored
        tracksStarted = options.trackStarted ?? settings.taskTrackStarted
    }
}
