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
        #expect(window.hold(1_000) == nil)
    }

    @Test func alwaysLeavesTheBaseForReadyMessages() {
        var window = PrefetchWindow(concurrency: 10, multiplier: 1, limit: nil)
        var changes = 0
        for held in 1...10_000 {
            if window.hold(held) != nil { changes += 1 }
            #expect(window.size - held >= 10)
        }
        // Powers of two: a handful of new consumers for ten thousand messages.
        #expect(changes < 20)
        for held in (0..<10_000).reversed() {
            if window.hold(held) != nil { changes += 1 }
            #expect(window.size - held >= 10)
        }
        #expect(window.size == 10)
        #expect(changes < 40)
    }

    @Test func staysWithinItsLimit() {
        var window = PrefetchWindow(concurrency: 10, multiplier: 1, limit: 100)
        for held in 1...100 { _ = window.hold(held) }
        #expect(window.size == 100)
    }
}
