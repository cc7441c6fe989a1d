import CeleryProtocol

/// What the events so far amount to: tasks, workers, rates. Times are in seconds on one even clock.
struct MonitorState {
    /// How many tasks are kept, the newest; as many as Celery keeps.
    static let maximumTasks = 10_000
    static let maximumWorkers = 1_000

    /// What is counted per second, by the event.
    enum Count: String, CaseIterable {
        case received, succeeded, failed, retried
    }

    private(set) var tasks = RecentTable<MonitorTask>(capacity: maximumTasks)
    private(set) var workers: [String: MonitorWorker] = [:]
    private(set) var eventCount = 0
    private(set) var taskEventCount = 0
    /// What could not be read.
    private(set) var skipped = 0
    private var meters: [Count: RateMeter]
    let startedAt: Double

    init(at now: Double) {
        startedAt = now
        meters = Dictionary(uniqueKeysWithValues: Count.allCases.map { ($0, RateMeter(at: now)) })
    }

    mutating func apply(_ reading: EventReader.Reading, at now: Double) {
        skipped += reading.skipped
        for event in reading.events { apply(event, at: now) }
    }

    mutating func apply(_ event: ReceivedEvent, at now: Double) {
        eventCount += 1
        // Who sends tasks is no worker.
        if event.type != "task-sent" { hear(event, at: now) }
        guard let id = event.taskID else { return }
        taskEventCount += 1
        if let count = Count(rawValue: event.subject) { meters[count]?.add(at: now) }
        tasks.change(id, else: MonitorTask(id: id, at: now)) { $0.apply(event, at: now) }
    }

    /// In events per second, over the last five.
    func rate(_ count: Count, at now: Double) -> Double { meters[count]?.rate(at: now) ?? 0 }

    /// By name.
    var workersByName: [MonitorWorker] { workers.values.sorted { $0.node < $1.node } }

    private mutating func hear(_ event: ReceivedEvent, at now: Double) {
        if workers[event.node] == nil, workers.count >= Self.maximumWorkers {
            // That of which nothing was heard for longest.
            guard let oldest = workers.values.min(by: { $0.heardAt < $1.heardAt }) else { return }
            workers[oldest.node] = nil
        }
        workers[event.node, default: MonitorWorker(node: event.node, at: now)].apply(event, at: now)
    }
}
