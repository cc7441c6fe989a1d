import BrokerModel
import CeleryProtocol
import Logging
import Threads

/// Lets requests wait that can't start yet: in memory, or in the broker, as `ParkingRule` says.
///
/// A message that is parked is published to the broker's delay queues, confirmed, and only then acked. One that the broker
/// does not take waits in memory, and is tried again; at the hold limit it goes back to its queue.
final class Parking: Sendable {
    private struct UnderWay {
        let request: Request
        /// When the time is over that it is to wait.
        let due: ContinuousClock.Instant
        /// How many connections had been lost when it began.
        let losses: Int
    }

    private struct State {
        var underWay: [ObjectIdentifier: UnderWay] = [:]
        var breaker = ParkingBreaker()
        var losses = 0
    }

    private let rule: ParkingRule
    private let delays: DelayedDelivery
    private let room: WaitingRoom
    private let returns: Returns
    private let gate: PrefetchGate?
    private let completion: Completion
    private let clock: WorkerClock
    private let countChanged: @Sendable (Int) -> Void
    private let logger: Logger
    private let state = Lock(State())

    /// - Parameter countChanged: hears how many messages are on their way into the broker, after each change.
    init(
        rule: ParkingRule,
        delays: DelayedDelivery,
        room: WaitingRoom,
        returns: Returns,
        gate: PrefetchGate?,
        completion: Completion,
        clock: WorkerClock,
        logger: Logger,
        countChanged: @escaping @Sendable (Int) -> Void
    ) {
        self.rule = rule
        self.delays = delays
        self.room = room
        self.returns = returns
        self.gate = gate
        self.completion = completion
        self.clock = clock
        self.logger = logger
        self.countChanged = countChanged
    }

    /// The requests that are on their way into the broker.
    var underWay: [Request] { state.withLock { $0.underWay.values.map(\.request) } }

    /// Lets a request wait for so long, wherever there is room.
    func wait(_ request: Request, for time: Duration) {
        place(request, time, isExact: true, prefersBroker: false)
    }

    /// Lets a request wait in the broker until its turn.
    func parkUntilTurn(_ request: Request, for time: Duration) {
        place(request, time, isExact: true, prefersBroker: true)
    }

    /// Lets a request whose type is paused wait in the broker: for so long, or for as long as it may be held.
    func parkPaused(_ request: Request, for time: Duration?) {
        place(request, time ?? rule.holdLimit, isExact: false, prefersBroker: true)
    }

    /// A connection is lost: what is under way may have to be published once more, but is nobody's to hold any more.
    func connectionLost() {
        state.withLock { $0.losses += 1 }
    }

    private func place(_ request: Request, _ time: Duration, isExact: Bool, prefersBroker: Bool) {
        gate?.hold(request)
        let now = clock.monotonic()
        let heldFor = now - request.markHeld(at: now)
        // What prefers the broker finds no room.
        let inMemory = prefersBroker ? rule.maximumHeld : room.count
        var place = rule.place(
            wait: time,
            heldFor: heldFor,
            inMemory: inMemory,
            isExact: isExact,
            canPark: canPark(request)
        )
        if case .broker = place, !state.withLock({ $0.breaker.admits(at: now) }) {
            place = rule.place(wait: time, heldFor: heldFor, inMemory: inMemory, canPark: false)
        }
        switch place {
        case .memory(let time): if !room.hold(request, for: time) { giveBack(request) }
        case .broker(let seconds): publish(request, seconds, due: now + time)
        case .queue: giveBack(request)
        }
    }

    private func canPark(_ request: Request) -> Bool { delays.canDelay(request.envelope.message.queue) }

    private func publish(_ request: Request, _ seconds: Int, due: ContinuousClock.Instant) {
        let count = state.withLock { state in
            state.underWay[ObjectIdentifier(request)] = UnderWay(request: request, due: due, losses: state.losses)
            return state.underWay.count
        }
        countChanged(count)
        completion.park(request, seconds) { error in self.ended(request, error) }
    }

    private func ended(_ request: Request, _ error: (any Error)?) {
        let now = clock.monotonic()
        let (entry, count, losses, isNews) = state.withLock { state in
            let entry = state.underWay.removeValue(forKey: ObjectIdentifier(request))
            return (entry, state.underWay.count, state.losses, state.breaker.ended(error == nil, at: now))
        }
        countChanged(count)
        guard let error else {
            if isNews { logger.info("The broker takes delayed messages again") }
            gate?.leave(request)
            return
        }
        if isNews {
            logger.error("The broker takes no delayed messages; they wait in memory, and it is tried again: \(error)")
        }
        // Its delivery may be gone with its connection: then the broker has it again, and it must not wait here too.
        guard let entry, entry.losses == losses else { return giveBack(request) }
        let heldFor = now - request.markHeld(at: now)
        switch rule.place(wait: max(.zero, entry.due - now), heldFor: heldFor, inMemory: 0, canPark: false) {
        case .memory(let time): if !room.hold(request, for: time) { giveBack(request) }
        case .broker, .queue: giveBack(request)
        }
    }

    private func giveBack(_ request: Request) {
        gate?.leave(request)
        returns.add(request)
    }
}
