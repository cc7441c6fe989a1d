import Threads

/// The job that a child runs, for the thread that hears of its cancellation.
final class CurrentJob: Sendable {
    private let state = Lock(State())

    private struct State {
        /// The job that began last.
        var number = 0
        var cancellation: Cancellation?
        /// A cancellation that came before its job: the channels are two.
        var early: (job: Int, cause: CancellationCause)?
    }

    func begin(_ number: Int, _ cancellation: Cancellation) {
        let cause = state.withLock { state in
            state.number = number
            state.cancellation = cancellation
            let early = state.early
            state.early = nil
            return early?.job == number ? early?.cause : nil
        }
        if let cause { cancellation.cancel(cause) }
    }

    func end() {
        state.withLock { $0.cancellation = nil }
    }

    func cancel(_ job: Int, _ cause: CancellationCause) {
        let cancellation = state.withLock { state in
            if job > state.number { state.early = (job, cause) }
            return job == state.number ? state.cancellation : nil
        }
        cancellation?.cancel(cause)
    }
}
