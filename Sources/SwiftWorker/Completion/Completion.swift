import BrokerModel
import CeleryProtocol
import Logging
import Threads

/// The last stage, in one fixed order: publish what follows, store the state, then settle the delivery. A crash in
/// between repeats the task; it never loses it.
final class Completion: Sendable {
    /// How many results may be on their way to the store; beyond that, pool slots wait.
    static let maximumUnderWay = 2_000

    private let results: any ResultStore
    private let metas: MetaFactory
    private let counters: WorkerCounters
    private let clock: WorkerClock
    private let log: TaskLog
    private let events: TaskEvents
    private let totals: TaskTotals
    private let judge: OutcomeJudge
    private let followUps: FollowUps
    private let hooks: HookRunner
    private let board: ControlBoard
    private let redeliveries: Redeliveries?
    /// `nil` where nothing is measured.
    private let metrics: WorkerMetrics?
    private let underWay = InFlight(limit: maximumUnderWay)
    /// The hooks that run here; each counts as under way as well.
    private let runningHooks = InFlight(limit: maximumUnderWay)

    init(
        results: any ResultStore,
        metas: MetaFactory,
        counters: WorkerCounters,
        clock: WorkerClock,
        log: TaskLog,
        events: TaskEvents = TaskEvents(dispatcher: nil),
        totals: TaskTotals = TaskTotals(TaskRegistry()),
        judge: OutcomeJudge,
        followUps: FollowUps,
        hooks: HookRunner,
        board: ControlBoard,
        redeliveries: Redeliveries? = nil,
        metrics: WorkerMetrics? = nil
    ) {
        self.results = results
        self.metas = metas
        self.counters = counters
        self.clock = clock
        self.log = log
        self.events = events
        self.totals = totals
        self.judge = judge
        self.followUps = followUps
        self.hooks = hooks
        self.board = board
        self.redeliveries = redeliveries
        self.metrics = metrics
    }

    /// Notes that a body starts: stores STARTED where that is wanted, and acks where that is due at the start.
    ///
    /// - Parameter processID: the child process that runs it, if it is one.
    func started(_ request: Request, _ processID: Int32?) {
        counters.started.increment()
        totals.started(request.task.name)
        let now = ContinuousClock.now
        request.markStarted(at: now)
        if let meter = request.meter { meter.noteStarted(after: request.waited(until: now)) }
        redeliveries?.started(request)
        if request.policy.tracksStarted && !request.ignoresResult {
            store(metas.started(request.envelope, processID), of: request)
        }
        if !request.policy.acksLate { settle(request, .ack) }
        events.started(request)
    }

    /// Tells that a body has passed its soft limit.
    func softLimitPassed(_ request: Request, _ limit: Duration) {
        log.softLimitPassed(request, limit)
    }

    /// Whether there is room for one more result on its way to the store.
    var hasRoom: Bool { underWay.hasRoom }

    /// Blocks while too many results are under way.
    func waitForRoom() {
        underWay.waitForRoom()
    }

    /// Completes a request, in its final order; never blocks.
    ///
    /// A body that was ended by force could not run its hooks: they run here, before the result is stored.
    func complete(_ request: Request, _ outcome: Outcome) {
        let runtime = request.runtime(until: .now)
        let outcome = judge.judge(outcome, of: request)
        guard let hook = outcome.forcedHook else {
            follow(request, outcome, runtime)
            return
        }
        underWay.enter()
        runningHooks.enter()
        hooks.run(request.job, hook) {
            self.follow(request, outcome, runtime)
            self.runningHooks.leave()
            self.underWay.leave()
        }
    }

    /// Counts a body that has ended and whose outcome waits for what it asked for.
    func outcomeIsDue() {
        underWay.enter()
    }

    /// Counts it no more: its outcome has come.
    func outcomeIsTold() {
        underWay.leave()
    }

    /// Moves a message that can't run yet into the broker's delay queues, and acks it here; never blocks.
    ///
    /// - Parameter ended: hears why that did not work; the request is the caller's again then, unsettled.
    func park(_ request: Request, _ seconds: Int, ended: @escaping @Sendable ((any Error)?) -> Void) {
        underWay.enter()
        Task.immediate {
            let outcome = Outcome.parked(seconds: seconds)
            do {
                try await self.followUps.publish(self.followUps.messages(for: outcome, of: request))
                self.finish(request, outcome, .zero)
                ended(nil)
            } catch {
                self.counters.unpublished.increment()
                ended(error)
            }
            self.underWay.leave()
        }
    }

    /// Publishes what the outcome makes follow, and only then goes on.
    private func follow(_ request: Request, _ outcome: Outcome, _ runtime: Duration) {
        do {
            let messages = try followUps.messages(for: outcome, of: request)
            if messages.isEmpty { return store(request, outcome, runtime) }
            underWay.enter()
            request.envelope.chainStore {
                do {
                    let attempts = request.isUnsettled ? 1 : FollowUps.attemptsWithoutReturn
                    try await self.followUps.publish(messages, attempts: attempts)
                    if messages.contains(where: \.isDeadLetter) { self.deadLettered(request) }
                    if case .retried = outcome { for message in messages { self.events.sent(message) } }
                    await self.storeAndFinish(request, outcome, runtime, isReplaced: true)
                } catch {
                    await self.unpublished(request, outcome, error, runtime)
                }
                self.underWay.leave()
            }
        } catch {
            underWay.enter()
            request.envelope.chainStore {
                await self.unpublished(request, outcome, error, runtime)
                self.underWay.leave()
            }
        }
    }

    /// What follows is not in the broker: the message goes back, so that nothing is lost. One that was acked before
    /// can't: one that was to run again has failed, and of one that has failed the dead letter is lost.
    private func unpublished(
        _ request: Request,
        _ outcome: Outcome,
        _ error: any Error,
        _ runtime: Duration
    ) async {
        counters.unpublished.increment()
        // A broker that only did not answer may have it all the same, or take it next time.
        let isFinal = (error as? any BrokerRefusal)?.isFinal ?? true
        if case .passedOn = outcome, isFinal {
            // The broker delays nothing: nobody else gets to see it, so that it has failed here.
            log.notPassedOn(request, error)
            return follow(request, .unregistered, runtime)
        }
        guard request.isUnsettled else {
            log.unpublished(request, error, givenBackAfter: nil)
            let wasToRunAgain = if case .retried = outcome { true } else { false }
            return await storeAndFinish(
                request,
                wasToRunAgain ? .failure(PythonException(error)) : outcome,
                runtime,
                isReplaced: false
            )
        }
        log.unpublished(request, error, givenBackAfter: FollowUps.pause)
        try? await clock.sleep(FollowUps.pause)
        giveBack(request)
    }

    private func store(_ request: Request, _ outcome: Outcome, _ runtime: Duration) {
        guard let meta = meta(for: outcome, of: request), results.wants(TaskRequest(envelope: request.envelope)) else {
            finish(request, outcome, runtime)
            return
        }
        underWay.enter()
        request.envelope.chainStore {
            await self.storeOrReport(meta, of: request.envelope)
            self.finish(request, outcome, runtime)
            self.underWay.leave()
        }
    }

    private func storeAndFinish(
        _ request: Request,
        _ outcome: Outcome,
        _ runtime: Duration,
        isReplaced: Bool
    ) async {
        if let meta = meta(for: outcome, of: request), results.wants(TaskRequest(envelope: request.envelope)) {
            await storeOrReport(meta, of: request.envelope)
        }
        finish(request, outcome, runtime, isReplaced: isReplaced)
    }

    /// Stores a state in between, behind those before it; nobody waits for it.
    private func store(_ meta: ResultMeta, of request: Request) {
        guard results.wants(TaskRequest(envelope: request.envelope)) else { return }
        underWay.enter()
        request.envelope.chainStore {
            await self.storeOrReport(meta, of: request.envelope)
            self.underWay.leave()
        }
    }

    /// Refuses a message that can't be understood, as the table of poison messages says (Celery reference, 3.10).
    func refuse(_ error: InvalidMessage, _ message: IncomingMessage, _ receipt: consuming Receipt) {
        guard let letter = followUps.deadLetter(of: message, error) else {
            counters.refused.increment()
            log.refused(error, message, isReplaced: false)
            if !receipt.settle(SettlementRule.settlement(for: error)) { counters.connectionLost.increment() }
            return
        }
        let held = SharedReceipt(receipt)
        underWay.enter()
        Task {
            do {
                try await followUps.publish([letter])
                counters.refused.increment()
                counters.deadLettered.increment()
                log.refused(error, message, isReplaced: true)
                if !held.settle(.ack) { counters.connectionLost.increment() }
            } catch {
                counters.unpublished.increment()
                log.unpublished(message, error, givenBackAfter: FollowUps.pause)
                try? await clock.sleep(FollowUps.pause)
                if held.settle(.requeue) { counters.returned.increment() } else { counters.dropped.increment() }
            }
            underWay.leave()
        }
    }

    /// Gives an unstarted request back to the broker, which does not count as a failed delivery.
    func giveBack(_ request: Request) {
        let result = request.settle(.requeue)
        redeliveries?.ended(request, .requeue, result)
        guard result == .sent else { return counters.dropped.increment() }
        counters.returned.increment()
        metrics?.settled(.requeue)
    }

    /// Waits until every result under way is stored and its delivery settled.
    func drain() async {
        await underWay.drain()
    }

    /// Waits until no hook runs; each has a limit of its own.
    func drainHooks() async {
        await runningHooks.drain()
    }

    /// How many are under way.
    var underWayCount: Int { underWay.currentCount }

    /// Whether hooks run.
    var runsHooks: Bool { runningHooks.currentCount > 0 }

    private func meta(for outcome: Outcome, of request: Request) -> ResultMeta? {
        switch outcome {
        case .success(let result):
            return request.ignoresResult ? nil : metas.success(result, of: request.envelope)
        case .failure(let exception):
            if request.ignoresResult && !request.policy.storesErrorsEvenIfIgnored { return nil }
            return metas.failure(exception, of: request.envelope)
        case .rejected(let reason, requeue: false):
            return request.ignoresResult ? nil : metas.failure(.reject(reason, requeue: false), of: request.envelope)
        case .retried(let plan):
            if request.ignoresResult && !request.policy.storesErrorsEvenIfIgnored { return nil }
            return metas.retry(plan, of: request.envelope)
        case .revoked, .expired:
            if request.ignoresResult && !request.policy.storesErrorsEvenIfIgnored { return nil }
            return outcome.revokedReason.map { metas.revoked($0, of: request.envelope) }
        case .timedOut, .lost, .quarantined:
            if request.ignoresResult && !request.policy.storesErrorsEvenIfIgnored { return nil }
            return outcome.forcedFailure.map { metas.failure($0.exception, of: request.envelope) }
        case .cancelled(.connectionLost):
            return request.ignoresResult ? nil : metas.cancelled(request.envelope)
        case .cancelled:
            // An early-acked task that is stopped is told of as Celery does, although nobody publishes it again
            // (reference, 3.14); a late-acked one is simply delivered again.
            return request.policy.acksLate || request.ignoresResult ? nil : metas.cancelled(request.envelope)
        case .unregistered:
            return request.ignoresResult ? nil : metas.failure(.notRegistered(request.task.name), of: request.envelope)
        case .ignored, .rejected(_, requeue: true), .refused, .lostToRunAgain, .parked, .passedOn: return nil
        }
    }

    private func deadLettered(_ request: Request) {
        counters.deadLettered.increment()
        request.meter?.noteDeadLettered()
        log.deadLettered(request)
    }

    private func storeOrReport(_ meta: ResultMeta, of envelope: TaskRequest.Envelope) async {
        do {
            try await results.store(meta, for: TaskRequest(envelope: envelope))
        } catch {
            counters.unstored.increment()
            log.unstored(meta, envelope, error)
        }
    }

    /// - Parameter isReplaced: whether the broker has another message in place of the request's.
    private func finish(_ request: Request, _ outcome: Outcome, _ runtime: Duration, isReplaced: Bool = false) {
        let wasUnsettled = request.isUnsettled
        settle(request, isReplaced ? .ack : SettlementRule.settlement(for: outcome, policy: request.policy))
        if case .expired = outcome { board.noteExpired(request.id, at: .now) }
        count(outcome)
        request.meter?.noteEnded(outcome, after: runtime)
        log.ended(request, outcome, runtime, isReplaced: isReplaced)
        events.ended(request, outcome, runtime, wasUnsettled: wasUnsettled)
    }

    private func settle(_ request: Request, _ settlement: Settlement) {
        let result = request.settle(settlement)
        redeliveries?.ended(request, settlement, result)
        if result == .sent { metrics?.settled(settlement) }
        // What was to go back has gone back with its connection.
        guard result == .connectionLost, settlement.isFinal, !request.hasSettledNext else { return }
        counters.connectionLost.increment()
        log.settledTooLate(request, isRemembered: redeliveries != nil)
    }

    private func count(_ outcome: Outcome) {
        switch outcome {
        case .success: counters.succeeded.increment()
        case .failure: counters.failed.increment()
        case .ignored: counters.ignored.increment()
        case .rejected: counters.rejected.increment()
        case .retried(let plan):
            counters.retried.increment()
            if plan.loss != nil { counters.lost.increment() }
        case .parked, .passedOn: counters.parked.increment()
        case .revoked: counters.revoked.increment()
        case .expired: counters.expired.increment()
        case .unregistered: counters.unregistered.increment()
        case .refused: counters.refused.increment()
        case .timedOut:
            counters.failed.increment()
            counters.timedOut.increment()
        case .lost:
            counters.failed.increment()
            counters.lost.increment()
        case .lostToRunAgain:
            counters.lost.increment()
            counters.rerun.increment()
        case .quarantined:
            counters.failed.increment()
            counters.lost.increment()
            counters.quarantined.increment()
        case .cancelled: counters.cancelled.increment()
        }
    }
}
