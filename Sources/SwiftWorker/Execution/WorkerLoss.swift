import CeleryProtocol

/// How a child process was lost while it ran a task: the evidence for whoever has to find out why.
struct WorkerLoss: Sendable, Hashable {
    /// What ended the process.
    enum Cause: Sendable, Hashable, CustomStringConvertible {
        case signal(Int32, name: String)
        case exit(Int32)
        /// It used more memory than its hard limit, in KiB, and was killed.
        case memory(limit: Int)
        /// It gave no sign of life for so long, and was killed.
        case unresponsive(Duration)
        /// It closed its connection to the worker, and was killed.
        case disconnected
        /// It broke the protocol with its parent, and was killed.
        case protocolViolation(String)

        var description: String {
            switch self {
            case .signal(let number, let name): "signal \(number) (\(name))"
            case .exit(let code): "exitcode \(code)"
            case .memory(let limit): "signal 9 (SIGKILL), since it used more than \(limit) KiB of memory"
            case .unresponsive(let time): "signal 9 (SIGKILL), since it gave no sign of life for \(time.secondsText) s"
            case .disconnected: "signal 9 (SIGKILL), since it closed its connection to the worker"
            case .protocolViolation(let what): "signal 9 (SIGKILL), since it sent \(what)"
            }
        }
    }

    let cause: Cause
    /// The number of the task among all that the pool has started: Celery's job number.
    let job: Int
    let processID: Int32
    /// The largest resident size, in KiB; 0 where it is not known.
    let peakMemory: Int
    /// What the process printed last, oldest first.
    let lastLines: [String]

    /// Celery's words: `Worker exited prematurely: signal 9 (SIGKILL) Job: 3.` (reference, 3.12).
    var message: String { "Worker exited prematurely: \(cause) Job: \(job)." }

    /// What the result reader raises; the evidence is in its traceback.
    var exception: PythonException {
        var exception = PythonException.workerLost(message)
        exception.traceback = evidence
        return exception
    }

    private var evidence: String {
        let memory = peakMemory > 0 ? "; its peak memory was \(peakMemory) KiB" : ""
        var lines = ["Process \(processID) was lost\(memory)."]
        lines.append(lastLines.isEmpty ? "It printed nothing." : "Its last lines were:")
        lines += lastLines.map { "  \($0)" }
        lines.append(exceptionLine)
        return lines.joined(separator: "\n") + "\n"
    }

    private var exceptionLine: String { PythonException.workerLost(message).summary }
}
