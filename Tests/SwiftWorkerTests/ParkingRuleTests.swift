import Testing

@testable import SwiftWorker

/// Where a task waits, in memory or in the broker.
@Suite struct ParkingRuleTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let wait: Duration
        var heldFor: Duration = .zero
        var inMemory = 0
        var canPark = true
        let place: ParkingRule.Place

        var testDescription: String { "\(wait), held for \(heldFor), \(inMemory) in memory, can park: \(canPark)" }
    }

    @Test(arguments: [
        Row(wait: .milliseconds(1), place: .memory(.milliseconds(1))),
        Row(wait: .seconds(30), place: .memory(.seconds(30))),
        Row(wait: .milliseconds(30_001), place: .broker(seconds: 28)),
        // It is to be back two seconds before its time.
        Row(wait: .seconds(3600), place: .broker(seconds: 3598)),
        Row(wait: .milliseconds(3_600_999), place: .broker(seconds: 3598)),
        // What has been held counts, but less than a second is not worth the way.
        Row(wait: .seconds(11), heldFor: .seconds(20), place: .broker(seconds: 9)),
        Row(wait: .milliseconds(999), heldFor: .seconds(40), place: .memory(.milliseconds(999))),
        // A full room parks whatever the time.
        Row(wait: .milliseconds(1500), inMemory: 10, place: .broker(seconds: 1)),
        Row(wait: .milliseconds(20), inMemory: 10, place: .broker(seconds: 1)),
        Row(wait: .seconds(1 << 40), place: .broker(seconds: (1 << 40) - 2)),
        // What can't be parked is looked at again and again, and goes back at the limit.
        Row(wait: .seconds(3), canPark: false, place: .memory(.seconds(3))),
        Row(wait: .seconds(3600), canPark: false, place: .memory(.seconds(5))),
        Row(wait: .seconds(3600), heldFor: .seconds(27), inMemory: 10, canPark: false, place: .memory(.seconds(3))),
        Row(wait: .seconds(3600), heldFor: .seconds(30), canPark: false, place: .queue),
    ])
    func says(_ row: Row) {
        let rule = ParkingRule(holdLimit: .seconds(30), maximumHeld: 10)
        let place = rule.place(wait: row.wait, heldFor: row.heldFor, inMemory: row.inMemory, canPark: row.canPark)
        #expect(place == row.place)
    }

    /// Without a hold limit a message that can't be parked must not go round and round.
    @Test func neverGivesBackAtOnce() {
        let rule = ParkingRule(holdLimit: .zero, maximumHeld: 0)
        #expect(rule.place(wait: .seconds(9), inMemory: 0, canPark: false) == .memory(.seconds(5)))
        #expect(rule.place(wait: .seconds(9), heldFor: .seconds(5), inMemory: 0, canPark: false) == .queue)
        #expect(rule.place(wait: .seconds(9), inMemory: 0, canPark: true) == .broker(seconds: 9), "no lead either")
        #expect(
            ParkingRule(holdLimit: .seconds(30), maximumHeld: 10).place(
                wait: .seconds(60),
                inMemory: 0,
                isExact: false,
                canPark: true
            ) == .broker(seconds: 60)
        )
    }

    @Test func asksWithOneMessageAfterARefusal() {
        let start = ContinuousClock.now
        var breaker = ParkingBreaker()
        func admits(_ seconds: Int) -> Bool { breaker.admits(at: start + .seconds(seconds)) }
        /// Whether it is news.
        func ended(_ isTaken: Bool, _ seconds: Int) -> Bool { breaker.ended(isTaken, at: start + .seconds(seconds)) }
        #expect(admits(0) && admits(0))
        #expect(ended(false, 0))
        #expect(!ended(false, 0), "the second of a burst")
        #expect(!admits(4))
        #expect(admits(5))
        #expect(!admits(6), "one is under way")
        #expect(!ended(false, 6))
        #expect(!admits(10))
        #expect(admits(11))
        #expect(ended(true, 11))
        #expect(admits(11))
        #expect(!ended(true, 11))
    }
}
