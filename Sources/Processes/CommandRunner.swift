import Threads

/// Runs programs to their end, with bounded output, a deadline and cancellation.
///
/// Each run has a process group of its own. When the deadline passes or the task is cancelled the group gets SIGTERM
/// and, after the grace, SIGKILL; `run` returns when it is gone. What a program leaves behind in its group when it ends
/// is killed as well. Both pipes are always drained, so a talkative program never hangs.
public struct CommandRunner: Sendable {
    /// How long a program may run; `nil` is without limit.
    public var timeout: Duration?
    /// How long a program may take to end after SIGTERM.
    public var grace: Duration
    /// How much of standard output is kept.
    public var outputLimits: CapturedOutput.Limits
    /// How much of standard error is kept.
    public var errorLimits: CapturedOutput.Limits

    public init(
        timeout: Duration? = nil,
        grace: Duration = .seconds(5),
        outputLimits: CapturedOutput.Limits = .standard,
        errorLimits: CapturedOutput.Limits = .standard
    ) {
        self.timeout = timeout
        self.grace = grace
        self.outputLimits = outputLimits
        self.errorLimits = errorLimits
    }

    /// Runs a program with `/dev/null` as its standard input, and suspends until it has ended.
    ///
    /// - Parameter onErrorLine: Gets each line of standard error as it comes, cut at 8 KiB, on a thread of the run's
    ///   own; for output that is too long to be kept.
    /// - Throws: `.spawnFailed`, `.timedOut`, `.cancelled`, `.systemFailure`; never for the program's own exit status.
    public func run(
        _ command: Command,
        onErrorLine: (@Sendable (String) -> Void)? = nil
    ) async throws(ProcessError) -> CommandResult {
        guard !Task.isCancelled else { throw ProcessError(.cancelled, "\(command.executable) was cancelled") }
        let wakeup = try Wakeup()
        let settings = self
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Outcome, Never>) in
                // Off Swift's cooperative pool, whose few threads must not block.
                do throws(ThreadError) {
                    try OperatingThread.start(name: "command") {
                        continuation.resume(returning: settings.perform(command, wakeup, onErrorLine))
                    }
                } catch {
                    continuation.resume(returning: .failure(.system("no thread could be started", error.errno)))
                }
            }
        } onCancel: {
            wakeup.signal()
        }
        return try result.get()
    }

    private typealias Outcome = Result<CommandResult, ProcessError>

    private func perform(
        _ command: Command,
        _ wakeup: Wakeup,
        _ onErrorLine: (@Sendable (String) -> Void)?
    ) -> Outcome {
        do throws(ProcessError) {
            return .success(try CommandRun(command, self, wakeup, onErrorLine).finish())
        } catch {
            return .failure(error)
        }
    }
}

/// How a program ended, and what it wrote.
public struct CommandResult: Sendable {
    public var status: ExitStatus
    public var standardOutput: CapturedOutput
    public var standardError: CapturedOutput
    public var usage: ResourceUsage
}
