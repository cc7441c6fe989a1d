/// How a worker stops.
public enum ShutdownKind: Sendable, Hashable {
    /// Takes no more messages, gives back what has not started, lets running tasks finish.
    case warm
    /// Also cancels the running tasks.
    case cold
}

/// What the signals and requests so far amount to; pure (Celery reference, 3.14).
struct ShutdownState: Sendable, Hashable {
    /// The signals that matter.
    enum Signal: Sendable { case terminate, interrupt, quit }

    private(set) var kind: ShutdownKind?
    private(set) var exitCode: Int32 = 0

    /// What has to be done now, with the line that is printed.
    enum Action: Sendable, Hashable {
        case begin(ShutdownKind, message: String)
        /// The signal changes nothing.
        case ignore
    }

    mutating func receive(_ signal: Signal) -> Action {
        switch (signal, kind) {
        case (.terminate, nil): return begin(.warm, exitCode: 0, "worker: Warm shutdown (MainProcess)")
        case (.interrupt, nil):
            return begin(
                .warm,
                exitCode: 1,
                """
                worker: Hitting Ctrl+C again will initiate cold shutdown, terminating all running tasks!

                worker: Warm shutdown (MainProcess)
                """
            )
        case (.quit, nil), (.quit, .warm): return begin(.cold, exitCode: 0, "worker: Cold shutdown (MainProcess)")
        case (.interrupt, .warm): return begin(.cold, exitCode: 1, "worker: Cold shutdown (MainProcess)")
        case (.terminate, .warm), (_, .cold): return .ignore
        }
    }

    /// A request by the program itself.
    mutating func request(_ kind: ShutdownKind) -> Action {
        receive(kind == .warm ? .terminate : .quit)
    }

    /// The exit code of a worker that has lost too many threads, or can't start processes: `EX_SOFTWARE`, a failure, so that its supervisor
    /// starts a fresh one.
    static let replacementExitCode: Int32 = 70

    /// The worker asks to be replaced.
    mutating func requestReplacement() -> Action {
        guard kind == nil else { return .ignore }
        return begin(
            .warm,
            exitCode: Self.replacementExitCode,
            "worker: This worker can't go on: warm shutdown, so that a fresh worker takes over"
        )
    }

    private mutating func begin(_ kind: ShutdownKind, exitCode: Int32, _ message: String) -> Action {
        self.kind = kind
        self.exitCode = exitCode
        return .begin(kind, message: message)
    }
}
