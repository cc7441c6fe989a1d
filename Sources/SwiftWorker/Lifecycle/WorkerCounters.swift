import Synchronization

/// What the worker counts, for its final report and for tests.
public final class WorkerCounters: Sendable {
    /// One number that only grows.
    public struct Counter: ~Copyable, Sendable {
        private let count = Atomic<Int>(0)

        init() {}

        func increment(by amount: Int = 1) {
            count.add(amount, ordering: .relaxed)
        }

        public var value: Int { count.load(ordering: .relaxed) }
    }

    /// Messages taken from the broker.
    public let received = Counter()
    /// Bodies started.
    public let started = Counter()
    public let succeeded = Counter()
    public let failed = Counter()
    public let ignored = Counter()
    /// Bodies that rejected their message.
    public let rejected = Counter()
    /// Bodies that are to run again: their next run is published.
    public let retried = Counter()
    /// Messages that wait in the broker for their time.
    public let parked = Counter()
    /// Tasks revoked before they started, or ended for it.
    public let revoked = Counter()
    public let expired = Counter()
    public let cancelled = Counter()
    /// Bodies that passed their hard time limit.
    public let timedOut = Counter()
    /// Bodies whose process was lost.
    public let lost = Counter()
    /// Messages that took their process along too often.
    public let quarantined = Counter()
    /// Threads given up to bodies that did not end at their hard time limit.
    public let abandonedSlots = Counter()
    /// Child processes started, to replace others or not.
    public let childrenStarted = Counter()
    /// Child processes that ended since they had run enough tasks or had grown too large.
    public let childrenRecycled = Counter()
    /// Child processes that died, or had to be killed.
    public let childrenLost = Counter()
    /// Bytes that child processes printed too fast to be logged.
    public let outputDropped = Counter()
    /// Messages of tasks that nobody registered here.
    public let unregistered = Counter()
    /// Messages that could not be understood.
    public let refused = Counter()
    /// Unstarted messages given back to the broker.
    public let returned = Counter()
    /// Unstarted messages whose connection was lost: the broker has them again.
    public let dropped = Counter()
    /// Redelivered messages of tasks that ran here or had run here, and so were not run again.
    public let adopted = Counter()
    /// Messages given back because their process was lost.
    public let rerun = Counter()
    /// Messages published as dead letters; each has ended in another way as well.
    public let deadLettered = Counter()
    /// Messages whose follow-up (next run, parked message, dead letter) could not be published.
    public let unpublished = Counter()
    /// Deliveries dropped unsettled; each is a defect of this program.
    public let leaked = Counter()
    /// Settlements that came too late, because their connection was gone.
    public let connectionLost = Counter()
    /// Results that could not be stored.
    public let unstored = Counter()
    /// Requests of remote control that were for this worker.
    public let controlRequests = Counter()
    /// Those that could not be understood, for whomever they were.
    public let controlRefused = Counter()
    /// Attempts to keep a change that the control store did not take.
    public let controlUnkept = Counter()

    /// Events that the broker has taken.
    public let eventsSent = Counter()
    /// Events that were dropped: the broker did not take them as fast as they came.
    public let eventsDropped = Counter()

    init() {}
}

extension WorkerCounters {
    /// All of them in a line, for the dump of the worker's state.
    var summary: String {
        let values = [
            ("received", received.value),
            ("started", started.value),
            ("succeeded", succeeded.value),
            ("failed", failed.value),
            ("ignored", ignored.value),
            ("rejected", rejected.value),
            ("retried", retried.value),
            ("parked", parked.value),
            ("revoked", revoked.value),
            ("expired", expired.value),
            ("cancelled", cancelled.value),
            ("timedOut", timedOut.value),
            ("lost", lost.value),
            ("quarantined", quarantined.value),
            ("abandonedSlots", abandonedSlots.value),
            ("unregistered", unregistered.value),
            ("refused", refused.value),
            ("returned", returned.value),
            ("dropped", dropped.value),
            ("adopted", adopted.value),
            ("rerun", rerun.value),
            ("deadLettered", deadLettered.value),
            ("unpublished", unpublished.value),
            ("leaked", leaked.value),
            ("connectionLost", connectionLost.value),
            ("unstored", unstored.value),
            ("controlRequests", controlRequests.value),
            ("controlRefused", controlRefused.value),
            ("controlUnkept", controlUnkept.value),
            ("eventsSent", eventsSent.value),
            ("eventsDropped", eventsDropped.value),
        ]
        return values.map { "\($0) \($1)" }.joined(separator: ", ")
    }
}
