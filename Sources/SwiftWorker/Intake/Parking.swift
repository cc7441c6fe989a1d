import BrokerModel
import CeleryProtocol
import Logging
import Threads

/// Lets requests wait that can't start yet: in memory, or in the broker, as `ParkingRule` says.
///
/// A message that is parked is published to the broker's delay queues, confirmed, and only then acked. One that the broker
/// does not take waits in memory, and is tried again; at the hold limit it goes back to its queue.
final class Parking: Sendable {
    /// What a request waits for.
    private enum Reason { case eta, turn, pause }

    private struct UnderWay {
        let request: Request
        let reason: Reason
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
    private let turnLost: @Sendable (Request) -> Void
    private let logger: Logger
    private let state = Lock(State())

    /// - Parameters:
    ///   - countChanged: hears how many messages are on their way into the broker, after each change.
    ///   - turnLost: hears of a request that was to wait in the broker until its turn, and does not.
    init(
        rule: ParkingRule,
        delays: DelayedDelivery,
        room: WaitingRoom,
        returns: Returns,
        gate: PrefetchGate?,
        completion: Completion,
        clock: WorkerClock,
        logger: Logger,
        countChanged: @escaping @Sendable (Int) -> Void,
        turnLost: @escaping @Sendable (Request) -> Void
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
        self.turnLost = turnLost
    }

    /// The requests that are on their way into the broker.
    var underWay: [Request] { state.withLock { $0.underWay.values.map(\.request) } }

    /// Lets a request wait for so long, wherever there is room.
    func wait(_ request: Request, for time: Duration) {
        place(request, time, .eta)
    }

    /// Lets a request wait in the broker until its turn.
    func parkUntilTurn(_ request: Request, for time: Duration) {
        place(request, time, .turn)
    }

    /// Lets a request whose type is paused wait in the broker: for so long, or for as long as it may be held.
    func parkPaused(_ request: Request, for time: Duration?) {
        place(request, time ?? rule.holdLimit, .pause)
    }

    /// A connection is lost: what is under way may have to be published once more, but is nobody's to hold any more.
    func connectionLost() {
        state.withLock { $0.losses += 1 }
    }

    private func place(_ request: Request, _ time: Duration, _ reason: Reason) {
        gate?.hold(request)
        let now = clock.monotonic()
        let heldFor = now - request.markHeld(at: now)
        // What is to wait in the broker finds no room.
        let inMemory = reason == .eta ? room.count : rule.maximumHeld
        var place = rule.place(
            wait: time,
            heldFor: heldFor,
            inMemory: inMemory,
            isExact: reason != .pause,
            canPark: canPark(request)
        )
        if case .broker = place, !state.withLock({ $0.breaker.admits(at: now) }) {
            place = rule.place(wait: time, heldFor: heldFor, inMemory: inMemory, canPark: false)
        }
        if case .broker(let seconds) = place { return publish(request, seconds, due: now + time, reason) }
        if reason == .turn { turnLost(request) }
        hold(request, place)
    }

    private func canPark(_ request: Request) -> Bool { delays.canDelay(request.envelope.message.queue) }

    private func publish(_ request: Request, _ seconds: Int, due: ContinuousClock.Instant, _ reason: Reason) {
        let count = state.withLock { state in
            let entry = UnderWay(request: request, reason: reason, due: due, losses: state.losses)
            state.underWay[ObjectIdentifier(request)] = entry
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
        if entry?.reason == .turn { turnLost(request) }
        // Its delivery may be gone with its connection: then the broker has it again, and it must not wait here too.
        guard let entry, entry.losses == losses else { return giveBack(request) }
        let heldFor = now - request.markHeld(at: now)
        hold(request, rule.place(wait: max(.zero, entry.due - now), heldFor: heldFor, inMemory: 0, canPark: false))
    }

    /// Lets a request wait in memory, if that is its place, or else in its queue.
    private func hold(_ request: Request, _ place: ParkingRule.Place) {
        if case .memory(let time) = place, room.hold(request, for: time) { return }
        giveBack(request)
    }

    private func giveBack(_ request: Request) {
        gate?.leave(request)
        returns.add(request)
    }
}
