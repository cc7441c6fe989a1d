/// How many unsettled messages the broker may send ahead; pure.
///
/// Messages that wait here keep their place in the window, so the window grows with them, or they would starve the pool
/// (Celery reference, 3.2). A new size means new consumers, so it moves in powers of two, and not for a few: half of
/// what is fetched beyond one for each slot may wait.
struct PrefetchWindow: Sendable, Hashable {
    /// Concurrency times multiplier; 0 is no limit.
    let base: Int
    /// The most that may be held ahead in total; `nil` is AMQP's own limit.
    let limit: Int?
    /// So many may wait in the base.
    let spare: Int
    private(set) var size: Int

    init(concurrency: Int, multiplier: Int, limit: Int?) {
        self.limit = limit
        spare = max(0, concurrency * (multiplier - 1) / 2)
        base = min(concurrency * max(0, multiplier), limit ?? .max, Int(UInt16.max))
        size = base
    }

    /// Takes the number of messages that wait.
    ///
    /// - Returns: the new size, where it has to change.
    mutating func hold(_ waiting: Int) -> UInt16? {
        if base == 0 { return nil }
        let held = max(0, waiting - spare)
        let slack = size - base
        let isTooSmall = held > slack
        let isTooLarge = slack > 0 && held * 4 < slack
        guard isTooSmall || isTooLarge else { return nil }
        let room = held == 0 ? 0 : max(base, Self.powerOfTwo(atLeast: held * 2))
        let wanted = min(base + room, limit ?? .max, Int(UInt16.max))
        if wanted == size { return nil }
        size = wanted
        return UInt16(wanted)
    }

    private static func powerOfTwo(atLeast number: Int) -> Int {
        var power = 1
        while power < number { power *= 2 }
        return power
    }
}
