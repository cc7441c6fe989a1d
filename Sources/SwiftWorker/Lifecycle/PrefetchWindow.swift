/// How many unsettled messages the broker may send ahead; pure.
///
/// Messages that wait here keep their place in the window, so the window grows with them, or they would starve the pool
/// (Celery reference, 3.2). A new size means new consumers, so it moves in powers of two, and not for a few: half of
/// what is fetched beyond one for each slot may wait.
///
/// New consumers begin with a whole window, beside what those before them hold. So the window has room for what waits of
/// its own consumers only; when that is used up, there are new ones. What is unacked stays within what waits and two
/// windows, which matters: the broker looks through all of it for each ack.
struct PrefetchWindow: Sendable, Hashable {
    /// The most that a window has room for, beside the base: what parking needs, and as much as is held in a tenth of a
    /// second.
    static let maximumRoom = PrefetchControl.maximumParking + 256

    /// Concurrency times multiplier; 0 is no limit.
    private(set) var base: Int
    private let multiplier: Int
    /// The most that may be held ahead in total; `nil` is AMQP's own limit.
    let limit: Int?
    /// So many may wait in the base.
    private(set) var spare: Int
    private(set) var size: Int
    private var held = 0
    /// What was held since there are new consumers, and may have been let go of since.
    private var arrivals = 0

    init(concurrency: Int, multiplier: Int, limit: Int?) {
        self.limit = limit
        self.multiplier = multiplier
        (base, spare) = Self.base(concurrency, multiplier, limit)
        size = base
    }

    /// Takes another number of slots: the base changes, and the window by as much.
    ///
    /// - Returns: the size for new consumers.
    mutating func resize(concurrency: Int) -> UInt16? {
        let slack = size - base
        (base, spare) = Self.base(concurrency, multiplier, limit)
        let wanted = min(base + slack, limit ?? .max, Int(UInt16.max))
        guard base > 0, wanted != size else { return nil }
        size = wanted
        arrivals = 0
        return UInt16(wanted)
    }

    private static func base(_ concurrency: Int, _ multiplier: Int, _ limit: Int?) -> (base: Int, spare: Int) {
        (
            min(concurrency * max(0, multiplier), limit ?? .max, Int(UInt16.max)),
            max(0, concurrency * (multiplier - 1) / 2)
        )
    }

    /// Takes the number of messages that wait.
    ///
    /// - Parameters:
    ///   - held: those that are held in memory, for seconds.
    ///   - parking: those on their way into the broker, for milliseconds.
    /// - Returns: the size for new consumers, where they are needed.
    mutating func hold(_ held: Int, parking: Int) -> UInt16? {
        if base == 0 { return nil }
        arrivals += max(0, held - self.held)
        self.held = held
        let slack = size - base
        // Nobody knows which of them these consumers brought; no more than have come since.
        let own = max(0, min(held, arrivals) + parking - spare)
        let all = max(0, held + parking - spare)
        let isTooSmall = own > slack
        let isTooLarge = slack > 0 && all * 4 < slack
        guard isTooSmall || isTooLarge else { return nil }
        let room =
            all == 0 ? 0 : max(base, min(Self.powerOfTwo(atLeast: (isTooSmall ? own : all) * 2), Self.maximumRoom))
        let wanted = min(base + room, limit.map { $0 - held } ?? .max, Int(UInt16.max))
        // As many again is more, if there are some that new consumers would not count.
        let isOfUse = isTooLarge ? wanted < size : wanted > (arrivals > 0 ? 0 : size)
        guard isOfUse else { return nil }
        size = wanted
        arrivals = 0
        return UInt16(wanted)
    }

    private static func powerOfTwo(atLeast number: Int) -> Int {
        var power = 1
        while power < number { power *= 2 }
        return power
    }
}
