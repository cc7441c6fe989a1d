import Threads

/// What a job's body has asked the worker for and is not done yet. Its outcome is told when all of it is.
final class JobEffects: Sendable {
    /// From so many on, nothing more is read from the child.
    static let limit = 64

    private let state = Lock(State())
    private let relieved: @Sendable () -> Void

    private struct State {
        var pending = 0
        var failure: (any Error)?
        var concluded: (@Sendable ((any Error)?) -> Void)?
        var isFull = false
    }

    /// - Parameter relieved: called when it was full and is no longer.
    init(relieved: @escaping @Sendable () -> Void) {
        self.relieved = relieved
    }

    /// Counts one more.
    ///
    /// - Returns: whether it is full now.
    func begin() -> Bool {
        state.withLock { state in
            state.pending += 1
            state.isFull = state.isFull || state.pending >= Self.limit
            return state.isFull
        }
    }

    /// Counts one less.
    ///
    /// - Parameter failure: what the task has to fail with; the first one counts.
    func end(_ failure: (any Error)?) {
        let (isRelieved, concluded, first) = state.withLock { state in
            state.pending -= 1
            state.failure = state.failure ?? failure
            let isRelieved = state.isFull && state.pending <= Self.limit / 2
            if isRelieved { state.isFull = false }
            return (isRelieved, state.pending == 0 ? state.concluded.take() : nil, state.failure)
        }
        if isRelieved { relieved() }
        concluded?(first)
    }

    /// Calls back when nothing is pending, with the first failure.
    func conclude(_ concluded: @escaping @Sendable ((any Error)?) -> Void) {
        let (isDone, failure) = state.withLock { state in
            if state.pending > 0 { state.concluded = concluded }
            return (state.pending == 0, state.failure)
        }
        if isDone { concluded(failure) }
    }
}
