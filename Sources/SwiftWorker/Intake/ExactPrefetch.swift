/// Decides when a worker that holds no more messages than it has free slots consumes, and with which prefetch; pure
/// (`worker_disable_prefetch`).
///
/// A prefetch bounds what is unsettled, which is right only for late acknowledgement on one queue: one consumer that may
/// hold as many as there are slots. An early-acked task counts no longer once it runs, and each queue's consumer has a
/// hold of its own. So consumers are paused when the last slot is taken, unless the broker can't send more anyway, and
/// the request that took it waits until that is so. What arrives meanwhile is surplus, and goes back.
struct ExactPrefetch: Sendable {
    /// What the consumers have to do.
    enum Change: Sendable, Hashable {
        case pause
        /// Consume with this prefetch, with an empty hold.
        case open(UInt16)
    }

    /// What becomes of a request.
    enum Admission: Sendable, Hashable {
        /// It has a free slot.
        case run
        /// It takes the last one, and waits for the pause.
        case park
        /// There is no free slot: it goes back, after the pause.
        case surplus
    }

    /// A request's place in the books.
    struct Place: Sendable, Hashable {
        let queue: String
        /// Whether the broker counts it until it ends.
        let isHeld: Bool
        fileprivate(set) var generation = 0
        fileprivate(set) var hasSlot = false
    }

    private enum Mode { case open, pausing, paused }

    private(set) var capacity: Int
    private let queues: Set<String>
    /// With early acknowledgement only, messages come one by one: each is counted no more when the next may come.
    private let isEarlyOnly: Bool
    private var mode = Mode.open
    private(set) var window: UInt16
    /// Taken slots.
    private(set) var taken = 0
    /// What the broker counts of each queue's present consumer.
    private var held: [String: Int] = [:]
    private var generation = 0

    /// - Parameter queues: those that can be paused: not the single active ones.
    init(capacity: Int, queues: Set<String>, isEarlyOnly: Bool) {
        self.capacity = capacity
        self.queues = queues
        self.isEarlyOnly = isEarlyOnly
        window = isEarlyOnly ? 1 : UInt16(clamping: capacity)
    }

    /// Takes note of another number of slots.
    mutating func resize(to capacity: Int) -> Change? {
        self.capacity = capacity
        guard free > 0 else { return pauseIfFull() }
        return mode == .open ? open(isEarlyOnly ? 1 : free) : openIfStarving()
    }

    var free: Int { capacity - taken }

    /// Admits a request that wants a slot now. One of a queue that can't be paused always gets in: its consumer holds one.
    mutating func admit(_ place: inout Place) -> (Admission, Change?) {
        guard queues.contains(place.queue) else {
            take(&place)
            return (.run, pauseIfFull())
        }
        if mode == .pausing { return (.surplus, nil) }
        // A connection that was just being made may consume for a moment in spite of the pause.
        if mode == .paused || free <= 0 {
            mode = .pausing
            return (.surplus, .pause)
        }
        take(&place)
        count(&place)
        if let pause = pauseIfFull() { return (.park, pause) }
        return (.run, openIfStarving())
    }

    /// Counts a request that waits for its ETA: the broker counts it, but it has no slot.
    mutating func hold(_ place: inout Place) -> Change? {
        guard queues.contains(place.queue) else { return nil }
        count(&place)
        return openIfStarving()
    }

    /// A request that waited for its ETA wants its slot now; there may be none left.
    mutating func due(_ place: inout Place) -> Change? {
        take(&place)
        return pauseIfFull()
    }

    /// Lets a surplus request in after all, if a slot has become free since.
    mutating func readmit(_ place: inout Place) -> Bool {
        guard free > 0 else { return false }
        take(&place)
        return true
    }

    /// A request has ended, or left unstarted.
    mutating func leave(_ place: Place) -> Change? {
        if place.hasSlot { taken -= 1 }
        if place.isHeld, place.generation == generation, let count = held[place.queue] {
            held[place.queue] = max(0, count - 1)
        }
        // More may run than there are slots, after waiting for their ETA.
        return openIfStarving() ?? pauseIfFull()
    }

    /// The consumers are paused. What was parked may run.
    mutating func paused() -> Change? {
        guard mode == .pausing else { return nil }
        mode = .paused
        return openIfStarving()
    }

    /// The connection is lost; the next one's consumers begin with an empty hold, and some of what they are sent may be
    /// taken over by tasks that run.
    mutating func connectionLost() -> Change? {
        mode == .open ? open(isEarlyOnly ? 1 : capacity) : nil
    }

    private mutating func take(_ place: inout Place) {
        taken += 1
        place.hasSlot = true
    }

    private mutating func count(_ place: inout Place) {
        guard place.isHeld else { return }
        place.generation = generation
        held[place.queue, default: 0] += 1
    }

    /// Whether the broker could send more of a queue.
    private func isOpen(_ queue: String) -> Bool { held[queue, default: 0] < Int(window) }

    private mutating func pauseIfFull() -> Change? {
        guard mode == .open, free <= 0, queues.contains(where: isOpen) else { return nil }
        mode = .pausing
        return .pause
    }

    /// Consumes again where slots are free and a queue is not consumed, or its consumer may hold no more.
    private mutating func openIfStarving() -> Change? {
        guard free > 0, mode == .paused || (mode == .open && !queues.allSatisfy(isOpen)) else { return nil }
        return open(isEarlyOnly ? 1 : free)
    }

    private mutating func open(_ count: Int) -> Change {
        mode = .open
        window = UInt16(clamping: count)
        held = [:]
        generation += 1
        return .open(window)
    }
}
