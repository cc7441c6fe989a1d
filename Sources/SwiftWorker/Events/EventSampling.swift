/// Which tasks events are sent of: all, or a share of them; a task's events go together.
struct EventSampling: Sendable, Hashable {
    /// Of how many in 2³² tasks.
    private let share: UInt64

    static let all = EventSampling(share: 1)
    static let none = EventSampling(share: 0)

    /// - Parameter share: 0 to 1.
    init(share: Double) { self.share = UInt64(max(0, min(1, share)) * 4_294_967_296) }

    /// The first pattern that fits a task's name decides.
    init(of task: String, options: TaskOptions, settings: Settings) {
        if options.sendsEvents == false {
            self = .none
        } else {
            self.init(share: settings.eventSampling.first { Glob.matches(task, pattern: $0.pattern) }?.share ?? 1)
        }
    }

    /// Whether a task is among them: the same answer for the same id, in every worker.
    func includes(_ id: String) -> Bool {
        if share == 1 << 32 { return true }
        if share == 0 { return false }
        // FNV-1a: spreads well, and is the same everywhere.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in id.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return (hash >> 32) < share
    }
}
