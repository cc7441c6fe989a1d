/// How often something happens per second, over the last seconds that are whole.
struct RateMeter: Sendable, Hashable {
    /// Over how many seconds.
    static let window = 5

    /// How many in each second, the last one the running one.
    private var counts: [Int] = []
    /// The second of the last count.
    private var second: Int?
    /// The second of the first event, or of the meter's start.
    private let start: Int

    init(at now: Double) {
        start = Int(now)
    }

    mutating func add(_ count: Int = 1, at now: Double) {
        advance(to: Int(now))
        counts[counts.count - 1] += count
    }

    /// In events per second; 0 before the first second is over.
    func rate(at now: Double) -> Double {
        var copy = self
        copy.advance(to: Int(now))
        let seconds = min(Self.window, (copy.second ?? start) - start)
        guard seconds > 0 else { return 0 }
        return Double(copy.counts.dropLast().suffix(seconds).reduce(0, +)) / Double(seconds)
    }

    private mutating func advance(to now: Int) {
        guard let last = second else {
            second = now
            counts = [0]
            return
        }
        // A clock that goes back counts into the second that was.
        guard now > last else { return }
        counts += [Int](repeating: 0, count: min(now - last, Self.window + 1))
        counts.removeFirst(max(0, counts.count - Self.window - 1))
        second = now
    }
}
