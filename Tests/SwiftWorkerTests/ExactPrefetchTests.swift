import Testing

@testable import SwiftWorker

/// When a worker that fetches nothing ahead consumes.
@Suite struct ExactPrefetchTests {
    private typealias Place = ExactPrefetch.Place

    private func late(_ queue: String = "a") -> Place { Place(queue: queue, isHeld: true) }
    private func early(_ queue: String = "a") -> Place { Place(queue: queue, isHeld: false) }

    /// Admits a request and checks what is said of it.
    private func admit(
        _ place: Place,
        _ exact: inout ExactPrefetch,
        _ admission: ExactPrefetch.Admission,
        _ change: ExactPrefetch.Change? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) -> Place {
        var place = place
        let (found, wanted) = exact.admit(&place)
        #expect(found == admission, sourceLocation: sourceLocation)
        #expect(wanted == change, sourceLocation: sourceLocation)
        return place
    }

    @Test func theBrokerAloneBoundsLateTasksOfOneQueue() {
        var exact = ExactPrefetch(capacity: 2, queues: ["a"], isEarlyOnly: false)
        #expect(exact.window == 2)
        let first = admit(late(), &exact, .run)
        _ = admit(late(), &exact, .run)
        #expect(exact.free == 0)
        #expect(exact.leave(first) == nil)
        _ = admit(late(), &exact, .run)
    }

    @Test func earlyTasksComeOneByOneAndTheLastSlotPauses() {
        var exact = ExactPrefetch(capacity: 2, queues: ["a"], isEarlyOnly: true)
        #expect(exact.window == 1)
        let first = admit(early(), &exact, .run)
        // It may start only when no other can come: its acknowledgement asks for the next.
        let second = admit(early(), &exact, .park, .pause)
        #expect(exact.leave(first) == nil)
        #expect(exact.paused() == .open(1))
        _ = admit(early(), &exact, .park, .pause)
        #expect(exact.paused() == nil)
        #expect(exact.leave(second) == .open(1))
    }

    @Test func severalQueuesShareTheSlots() {
        var exact = ExactPrefetch(capacity: 2, queues: ["a", "b"], isEarlyOnly: false)
        let first = admit(late("a"), &exact, .run)
        let second = admit(late("b"), &exact, .park, .pause)
        _ = admit(late("a"), &exact, .surplus)
        #expect(exact.paused() == nil)
        // One slot, so each queue may send one.
        #expect(exact.leave(first) == .open(1))
        _ = admit(late("a"), &exact, .park, .pause)
        #expect(exact.paused() == nil)
        #expect(exact.leave(second) == .open(1))
    }

    @Test func aFullQueueIsOpenedFurtherWhenSlotsBecomeFree() {
        var exact = ExactPrefetch(capacity: 3, queues: ["a", "b"], isEarlyOnly: false)
        var places = [admit(late("a"), &exact, .run), admit(late("a"), &exact, .run)]
        places.append(admit(late("a"), &exact, .park, .pause))
        #expect(exact.paused() == nil)
        #expect(exact.leave(places[0]) == .open(1))
        places.append(admit(late("a"), &exact, .park, .pause))
        #expect(exact.paused() == nil)
        #expect(exact.leave(places[1]) == .open(1))
        // The consumer that may hold one holds none yet: nothing to do.
        #expect(exact.leave(places[2]) == nil)
        // Now it holds one, and one slot is free.
        places.append(admit(late("a"), &exact, .run, .open(1)))
        #expect(exact.leave(places[3]) == nil)
    }

    @Test func whatWaitsForItsETAHasNoSlot() {
        var exact = ExactPrefetch(capacity: 1, queues: ["a"], isEarlyOnly: false)
        var waiting = late()
        // The broker counts it, so the next message needs a fresh consumer.
        #expect(exact.hold(&waiting) == .open(1))
        let running = admit(late(), &exact, .run)
        #expect(exact.due(&waiting) == nil)
        #expect(exact.free == -1)
        // There is still no slot free, and the broker could send one more.
        #expect(exact.leave(running) == .pause)
        #expect(exact.leave(waiting) == nil)
        #expect(exact.paused() == .open(1))
    }

    @Test func whatComesInSpiteOfAPauseGoesBackToo() {
        var exact = ExactPrefetch(capacity: 1, queues: ["a"], isEarlyOnly: true)
        _ = admit(early(), &exact, .park, .pause)
        #expect(exact.paused() == nil)
        _ = admit(early(), &exact, .surplus, .pause)
        _ = admit(early(), &exact, .surplus)
        #expect(exact.paused() == nil)
    }

    @Test func aSingleActiveQueueIsNeverTurnedAway() {
        var exact = ExactPrefetch(capacity: 1, queues: ["a"], isEarlyOnly: false)
        _ = admit(late("single"), &exact, .run, .pause)
        _ = admit(late("single"), &exact, .run)
        _ = admit(late("a"), &exact, .surplus)
    }

    @Test func aNewConnectionMayFillAllSlots() {
        var exact = ExactPrefetch(capacity: 2, queues: ["a"], isEarlyOnly: false)
        let first = admit(late(), &exact, .run)
        #expect(exact.connectionLost() == .open(2))
        // The old delivery is counted no more.
        #expect(exact.leave(first) == nil)
        #expect(exact.free == 2)
    }

    @Test func whatIsSurplusMayGetInAfterAll() {
        var exact = ExactPrefetch(capacity: 1, queues: ["a"], isEarlyOnly: true)
        let first = admit(early(), &exact, .park, .pause)
        var surplus = admit(early(), &exact, .surplus)
        #expect(exact.leave(first) == nil)
        let isAdmitted = exact.readmit(&surplus)
        #expect(isAdmitted)
        #expect(exact.paused() == nil)
        #expect(exact.leave(surplus) == .open(1))
    }

    @Test func aLargerPoolTakesMore() {
        var exact = ExactPrefetch(capacity: 1, queues: ["a", "b"], isEarlyOnly: false)
        let first = admit(late("a"), &exact, .park, .pause)
        #expect(exact.paused() == nil)
        #expect(exact.resize(to: 3) == .open(2))
        #expect(exact.free == 2)
        _ = admit(late("b"), &exact, .run)
        // Fewer slots than tasks: nothing comes until enough have ended.
        #expect(exact.resize(to: 1) == .pause)
        #expect(exact.free == -1)
        #expect(exact.paused() == nil)
        #expect(exact.leave(first) == nil)
    }
}
