import Testing

@testable import SwiftWorker

@Suite struct PrefetchWindowTests {
    @Test func isConcurrencyTimesMultiplier() {
        #expect(PrefetchWindow(concurrency: 20, multiplier: 4, limit: nil).size == 80)
        #expect(PrefetchWindow(concurrency: 3, multiplier: 1, limit: nil).size == 3)
        #expect(PrefetchWindow(concurrency: 3, multiplier: 0, limit: nil).size == 0)
        #expect(PrefetchWindow(concurrency: 20, multiplier: 4, limit: 50).size == 50)
        #expect(PrefetchWindow(concurrency: 20_000, multiplier: 4, limit: nil).size == 65_535)
    }

    @Test func neverMovesWithoutALimit() {
        var window = PrefetchWindow(concurrency: 3, multiplier: 0, limit: nil)
        #expect(window.hold(1_000, parking: 0) == nil)
    }

    @Test(arguments: [1, 20, 300])
    func alwaysLeavesItsConsumersTheBaseForReadyMessages(base: Int) {
        var window = PrefetchWindow(concurrency: base, multiplier: 1, limit: nil)
        var old = 0
        var changes = 0
        for held in 1...10_000 {
            if window.hold(held, parking: 0) != nil { (old, changes) = (held, changes + 1) }
            #expect(window.size - (held - old) >= base)
            #expect(window.size <= base + max(base, PrefetchWindow.maximumRoom))
        }
        // A handful of new consumers for ten thousand messages.
        #expect(changes < 40)
        for held in (0..<10_000).reversed() {
            if window.hold(held, parking: 0) != nil { changes += 1 }
            #expect(window.size >= base)
        }
        #expect(window.size == base)
        #expect(changes < 50)
    }

    /// The ones that are held longest belong to consumers that are gone: whoever comes for those that leave needs room again.
    @Test func makesRoomForThoseThatTakeTurns() {
        var window = PrefetchWindow(concurrency: 10, multiplier: 1, limit: nil)
        var own = 0
        for _ in 1...500 where window.hold(1_000, parking: 0) != nil { own = 0 }
        for _ in 1...5_000 {
            _ = window.hold(999, parking: 0)
            own += 1
            if window.hold(1_000, parking: 0) != nil { own = 0 }
            #expect(window.size - min(own, 1_000) >= 10)
        }
    }

    @Test func hasRoomForAllThatIsOnItsWayIntoTheBroker() {
        var window = PrefetchWindow(concurrency: 20, multiplier: 4, limit: nil)
        var sizes: [UInt16] = []
        for parking in 1...PrefetchControl.maximumParking {
            if let size = window.hold(0, parking: parking) { sizes.append(size) }
            #expect(window.size - parking >= 50)
        }
        #expect(sizes.count < 6)
        #expect(window.hold(0, parking: 0) == 80)
    }

    @Test func staysWithinItsLimitInTotal() {
        var window = PrefetchWindow(concurrency: 10, multiplier: 1, limit: 100)
        for held in 1...100 {
            _ = window.hold(held, parking: 0)
            #expect(window.size <= 100)
        }
        #expect(window.hold(100, parking: 0) == nil)
        for held in (0..<100).reversed() {
            if let size = window.hold(held, parking: 0) { #expect(Int(size) + held <= 100) }
        }
        #expect(window.size == 10)
    }

    @Test func followsThePoolsSize() {
        var window = PrefetchWindow(concurrency: 2, multiplier: 4, limit: 100)
        #expect(window.resize(concurrency: 3) == 12)
        #expect(window.resize(concurrency: 3) == nil)
        // What there is of room beyond the base stays.
        for held in 1...30 { _ = window.hold(held, parking: 0) }
        #expect(window.size > 12)
        let slack = window.size - 12
        #expect(window.resize(concurrency: 1).map(Int.init) == 4 + slack)
        #expect(window.resize(concurrency: 100) == 100)
        var unlimited = PrefetchWindow(concurrency: 2, multiplier: 0, limit: nil)
        #expect(unlimited.resize(concurrency: 5) == nil)
        #expect(unlimited.size == 0)
    }
}
