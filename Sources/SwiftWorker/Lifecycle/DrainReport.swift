/// The worker's last words: what became of every message it took.
struct DrainReport: Sendable, CustomStringConvertible {
    private let line: String
    /// Messages of which nobody knows the end; always 0, or this program has a defect.
    let lost: Int

    /// - Parameter unfinished: results that were given up on their way to the store.
    init(_ counters: WorkerCounters, unfinished: Int = 0) {
        let ignored = counters.ignored.value + counters.rejected.value
        let refused = counters.refused.value + counters.unregistered.value
        let finished =
            counters.succeeded.value + counters.failed.value + counters.retried.value + counters.revoked.value
            + refused + counters.expired.value + ignored + counters.adopted.value
        let returned =
            counters.returned.value + counters.parked.value + counters.dropped.value + counters.rerun.value
            + counters.leaked.value
        lost = counters.received.value - finished - returned - counters.cancelled.value - unfinished
        line = """
            worker: stopped: \(finished) finished, \(returned) given back, \(counters.cancelled.value) cancelled, \
            \(lost) lost, of \(counters.received.value) received: \(counters.succeeded.value) succeeded, \
            \(counters.failed.value) failed, \(counters.retried.value) retried, \(counters.revoked.value) revoked, \
            \(refused) refused, \(counters.expired.value) expired, \(ignored) ignored or rejected, \
            \(counters.returned.value) returned, \(counters.parked.value) parked, \(counters.dropped.value) dropped, \
            \(counters.adopted.value) adopted, \(counters.cancelled.value) cancelled, \
            \(counters.deadLettered.value) dead letters, \(counters.connectionLost.value) settled too late, \
            \(counters.unstored.value) results not stored, \
            \(unfinished) unfinished, \(counters.leaked.value) leaked
            """
    }

    var description: String { line }
}
