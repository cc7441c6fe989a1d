import BrokerModel
import CoreMetrics
import Threads

/// What a worker measures: task meters that the corridor records with, and what is read off when somebody asks.
final class WorkerMetrics: Sendable {
    let tasks: TaskMeters
    private let factory: any MetricsFactory
    private let settlements: [Settlement: Counter]
    /// What was read off the last time, since counters can only be added to.
    private let readings = Lock<[String: (counter: Counter, value: Int)]>([:])

    init(_ factory: any MetricsFactory, settings: Settings, clock: WorkerClock) {
        self.factory = factory
        tasks = TaskMeters(factory, maximumTasks: settings.metricsTasks, clock: clock)
        let verbs: [(Settlement, String)] = [
            (.ack, "ack"), (.reject, "reject"), (.requeue, "requeue"), (.rejectAndRequeue, "reject_requeue"),
        ]
        settlements = Dictionary(
            uniqueKeysWithValues: verbs.map { settlement, verb in
                let counter = Counter(
                    label: MetricName.settlements.rawValue,
                    dimensions: [("verb", verb)],
                    factory: factory
                )
                return (settlement, counter)
            }
        )
    }

    func settled(_ settlement: Settlement) { settlements[settlement]?.increment() }

    /// Measures how long the broker takes to confirm.
    func measuring(_ publisher: any BrokerPublisher) -> any BrokerPublisher {
        MeasuredPublisher(
            base: publisher,
            confirmTime: Timer(label: MetricName.confirmTime.rawValue, dimensions: [], factory: factory),
            failures: Counter(label: MetricName.publishesFailed.rawValue, factory: factory)
        )
    }

    /// Reads off what is counted or known elsewhere.
    func collect(
        _ corridor: Corridor,
        _ counters: WorkerCounters,
        _ health: WorkerHealth,
        _ configuration: WorkerConfiguration
    ) {
        for (name, value) in Self.totals(counters) { count(name, value) }
        collect(corridor)
        let now = ContinuousClock.now
        let findings = health.findings(at: now)
        set(.ready, findings.allSatisfy(\.isGood) ? 1 : 0)
        for finding in findings { set(.check, finding.isGood ? 1 : 0, [("check", finding.check.rawValue)]) }
        for link in WorkerHealth.Link.allCases {
            let (state, labels) = (health[link], [("connection", link.rawValue)])
            set(.connectionUp, state.isUp ? 1 : 0, labels)
            count(.connectionLosses, state.losses, labels)
            if link == .publisher || link == .events { set(.connectionBlocked, state.blocked == nil ? 0 : 1, labels) }
        }
        set(.info, 1, [("version", configuration.version), ("pool", configuration.settings.workerPool.rawValue)])
    }

    private func collect(_ corridor: Corridor) {
        let pool = corridor.pool
        let running = pool.running
        let held = [
            ("eta", corridor.waitingRoom.count), ("turn", corridor.rates.heldCount),
            ("parking", corridor.parking.underWay.count), ("return", corridor.returns.heldCount),
        ]
        let prefetched = pool.waiting.count + corridor.admission.kept.count + held.reduce(0) { $0 + $1.1 }
        set(.slots, pool.capacity)
        set(.slotsBusy, running.count)
        for (state, count) in held { set(.messagesHeld, count, [("for", state)]) }
        set(.messagesPrefetched, prefetched)
        set(.messagesUnacked, prefetched + running.count { $0.request.isUnsettled })
        set(.prefetchLimit, corridor.prefetch.current)
        set(.resultsUnderWay, corridor.completion.underWayCount)
        set(.pauses, corridor.board.pauses.count)
        set(.retryBudgetPaused, corridor.board.retryBudget?.paused.count ?? 0)
    }

    private func set(_ name: MetricName, _ value: Int, _ labels: [(String, String)] = []) {
        Meter(label: name.rawValue, dimensions: labels, factory: factory).set(value)
    }

    /// Brings a counter to a value that was counted elsewhere.
    private func count(_ name: MetricName, _ value: Int, _ labels: [(String, String)] = []) {
        let key = labels.reduce(name.rawValue) { $0 + "," + $1.1 }
        readings.withLock { readings in
            let known = readings[key]
            let counter = known?.counter ?? Counter(label: name.rawValue, dimensions: labels, factory: factory)
            counter.increment(by: max(0, value - (known?.value ?? 0)))
            readings[key] = (counter, value)
        }
    }

    private static func totals(_ counters: WorkerCounters) -> [(MetricName, Int)] {
        [
            (.tasksIgnored, counters.ignored.value), (.tasksCancelled, counters.cancelled.value),
            (.tasksTimedOut, counters.timedOut.value), (.tasksLost, counters.lost.value),
            (.tasksRerun, counters.rerun.value), (.messagesRefused, counters.refused.value),
            (.messagesParked, counters.parked.value), (.messagesReturned, counters.returned.value),
            (.messagesDropped, counters.dropped.value), (.messagesAdopted, counters.adopted.value),
            (.messagesLeaked, counters.leaked.value), (.settlementsTooLate, counters.connectionLost.value),
            (.followUpsUnpublished, counters.unpublished.value), (.resultsUnstored, counters.unstored.value),
            (.slotsAbandoned, counters.abandonedSlots.value), (.childrenStarted, counters.childrenStarted.value),
            (.childrenRecycled, counters.childrenRecycled.value), (.childrenLost, counters.childrenLost.value),
            (.outputDropped, counters.outputDropped.value), (.controlRequests, counters.controlRequests.value),
            (.controlRefused, counters.controlRefused.value), (.controlUnkept, counters.controlUnkept.value),
            (.eventsSent, counters.eventsSent.value), (.eventsDropped, counters.eventsDropped.value),
        ]
    }
}
