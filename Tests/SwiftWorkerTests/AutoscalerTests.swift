import Testing

@testable import SwiftWorker

/// Growing and shrinking (Celery reference, 3.15).
@Suite struct AutoscalerTests {
    private let start = ContinuousClock.now

    private func at(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

    private func scaler(_ first: Int, _ second: Int) -> Autoscaler {
        Autoscaler(bounds: AutoscaleBounds(first, second), keepalive: .seconds(30), at: start)
    }

    @Test func beginsAtTheMinimumAndGrowsToTheLoad() {
        var scaler = scaler(10, 3)
        #expect(scaler.size == 3)
        #expect(scaler.received(load: 2, at: at(1)) == nil)
        #expect(scaler.received(load: 5, at: at(1)) == 5)
        #expect(scaler.received(load: 40, at: at(1)) == 10)
        #expect(scaler.received(load: 40, at: at(1)) == nil)
    }

    @Test func shrinksToTheLoadWhenTheKeepaliveHasPassed() {
        var scaler = scaler(10, 3)
        _ = scaler.received(load: 8, at: at(0))
        #expect(scaler.tick(load: 1, at: at(30)) == nil)
        #expect(scaler.tick(load: 5, at: at(31)) == 5)
        #expect(scaler.tick(load: 0, at: at(31)) == 3)
        #expect(scaler.tick(load: 0, at: at(99)) == nil)
    }

    @Test func aReceivedTaskPutsShrinkingOff() {
        var scaler = scaler(10, 1)
        _ = scaler.received(load: 8, at: at(0))
        #expect(scaler.received(load: 2, at: at(29)) == nil)
        #expect(scaler.tick(load: 1, at: at(40)) == nil)
        #expect(scaler.tick(load: 1, at: at(60)) == 1)
    }

    @Test func growsBetweenReceivedTasksToo() {
        var scaler = scaler(4, 0)
        #expect(scaler.size == 0)
        #expect(scaler.tick(load: 2, at: at(5)) == 2)
        // Growing puts shrinking off.
        #expect(scaler.tick(load: 0, at: at(33)) == nil)
        #expect(scaler.tick(load: 0, at: at(36)) == 0)
    }

    @Test func takesOtherBounds() {
        var scaler = scaler(10, 3)
        #expect(scaler.setBounds(AutoscaleBounds(10, 5)) == 5)
        #expect(scaler.setBounds(AutoscaleBounds(20, 1)) == nil)
        #expect(scaler.size == 5)
        #expect(scaler.received(load: 15, at: at(1)) == 15)
        #expect(scaler.setBounds(AutoscaleBounds(4, 1)) == 4)
        #expect(scaler.received(load: 15, at: at(2)) == nil)
    }
}
