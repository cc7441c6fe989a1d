import BrokerModel
import CeleryProtocol
import JSON
import Logging
import Synchronization

/// What a pool's slot does with a request: opens the body of the message, then runs the body of the task.
final class TaskRunner: Sendable {
    private let payloads: PayloadDecoder
    private let effects: any TaskEffects
    private let started: @Sendable (Request) -> Void
    private let clock: WorkerClock
    private let logger: Logger
    /// Set by a cold shutdown: what ends now by cancellation was stopped by the worker.
    private let isStopping = Atomic(false)

    init(
        payloads: PayloadDecoder,
        effects: any TaskEffects,
        clock: WorkerClock,
        logger: Logger,
        started: @escaping @Sendable (Request) -> Void
    ) {
        self.payloads = payloads
        self.effects = effects
        self.clock = clock
        self.logger = logger
        self.started = started
    }

    /// Runs one request to its outcome.
    func run(_ request: Request) async -> Outcome {
        if request.isExpired(at: clock.wall) { return .expired }
        let payload: TaskPayload
        do {
            payload = try open(request)
        } catch {
            return error.disposition == .failTask ? .failure(error.pythonException) : .refused(error)
        }
        if let refusal = Self.unsupportedWorkflow(payload.embed) { return .failure(refusal) }
        started(request)
        let context = TaskContext(request: TaskRequest(envelope: request.envelope), logger: logger, effects: effects)
        do {
            return .success(try await request.task.run(payload, context))
        } catch {
            return outcome(of: error, request)
        }
    }

    /// From now on, bodies that end by cancellation count as stopped by the worker.
    func stopRunning() {
        isStopping.store(true, ordering: .releasing)
    }

    private func open(_ request: Request) throws(InvalidMessage) -> TaskPayload {
        if let opened = request.opened { return opened }
        return try payloads.decode(
            body: request.envelope.message.body,
            properties: request.envelope.message.properties,
            headers: request.headers
        )
    }

    private func outcome(of error: any Error, _ request: Request) -> Outcome {
        if let control = error as? TaskControl {
            switch control {
            case .ignore: return .ignored
            case .reject(let reason, let requeue): return .rejected(reason: reason, requeue: requeue)
            }
        }
        if isStopping.load(ordering: .acquiring), Task.isCancelled { return .cancelled }
        var exception = PythonException(error)
        if exception.traceback == nil { exception.traceback = Self.traceback(exception, of: request.task.name) }
        return .failure(exception)
    }

    /// Swift errors carry no stack, so the traceback names the task and the error, in the form that Python prints.
    static func traceback(_ exception: PythonException, of task: String) -> String {
        let message = exception.summary
        return "Traceback (most recent call last):\n  File \"<swift>\", in \(task)\n\(message)\n"
    }

    /// What this version can't carry on with must not be dropped: the task is not run, and its reader is told.
    private static func unsupportedWorkflow(_ embed: Embed) -> PythonException? {
        if embed.isEmpty { return nil }
        let carried = [
            ("callbacks (link)", embed.callbacks?.isEmpty == false),
            ("errbacks (link_error)", embed.errbacks?.isEmpty == false),
            ("a chain", embed.chain?.isEmpty == false),
            ("a chord", embed.chord != nil),
        ]
        let names = carried.filter(\.1).map(\.0).joined(separator: ", ")
        return PythonException(
            type: "NotImplementedError",
            module: "builtins",
            arguments: [
                .string(
                    "the task was not run: its message carries \(names), which this version of swiftworker can't follow"
                )
            ]
        )
    }
}
