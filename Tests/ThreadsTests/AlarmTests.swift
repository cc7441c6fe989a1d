import Testing
import Threads

@Suite(.timeLimit(.minutes(1))) struct AlarmTests {
    @Test func ringsAtTheEarliestTimeAndForgetsTheLater() throws {
        let rings = BlockingQueue<ContinuousClock.Instant>()
        let alarm = Alarm()
        try alarm.start {
            rings.append(.now)
            rings.wake()
        }
        defer { alarm.close() }
        let start = ContinuousClock.now
        alarm.set(at: start + .seconds(3600))
        alarm.set(at: start + .milliseconds(30))
        alarm.set(at: start + .milliseconds(60))
        let ring = try #require(rings.next())
        #expect(ring >= start + .milliseconds(30))
        // Only the earliest time counts: whoever is called sets the next one.
        alarm.set(at: ContinuousClock.now + .milliseconds(10))
        _ = try #require(rings.next())
        #expect(rings.count == 0)
    }

    @Test func ringsAtOnceForATimeInThePast() throws {
        let rings = BlockingQueue<Void>()
        let alarm = Alarm()
        alarm.set(at: .now - .seconds(1))
        try alarm.start {
            rings.append(())
            rings.wake()
        }
        defer { alarm.close() }
        _ = try #require(rings.next())
    }
}
