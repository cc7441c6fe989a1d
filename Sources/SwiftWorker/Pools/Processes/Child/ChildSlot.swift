import BrokerModel
import CeleryProtocol
import Logging
import Threads

/// The one slot of a child process: runs the jobs that come over the channel, with the same code as a thread of the
/// thread pool.
final class ChildSlot: Sendable {
    private let link: ChildLink
    private let current: CurrentJob
    private let tasks: TaskRegistry
    private let payloads: PayloadDecoder
    private let calls: CallWriter
    private let logger = Logger(label: "swiftworker")

    init(link: ChildLink, current: CurrentJob, tasks: TaskRegistry) {
        self.link = link
        self.current = current
        self.tasks = tasks
        let settings = link.settings.settings
        payloads = PayloadDecoder(accept: settings.acceptContent, maxBytes: settings.messageMaxBytes)
        calls = CallWriter(
            routes: RouteTable(settings: settings),
            origin: link.settings.hostname,
            clock: .system
        )
    }

    /// Runs jobs until the parent closes the channel.
    ///
    /// - Returns: what made it end before.
    func serve() -> (any Error)? {
        let executor = ThreadExecutor()
        do {
            try link.send(.ready)
            while let frame = try link.receive() {
                guard case .run(let number, let message) = frame else { throw FrameError("a second hello") }
                let cancellation = Cancellation()
                current.begin(number, cancellation)
                let outcome = run(number, message, cancellation, executor)
                current.end()
                try report(outcome, of: number)
            }
            return nil
        } catch {
            return error
        }
    }

    private func run(
        _ number: Int,
        _ message: IncomingMessage,
        _ cancellation: Cancellation,
        _ executor: ThreadExecutor
    ) -> Outcome {
        let headers: TaskHeaders
        let opened: TaskPayload?
        do {
            (headers, opened) = try payloads.metadata(of: message)
        } catch {
            return .refused(error)
        }
        guard let task = tasks.task(named: headers.task) else { return .unregistered }
        let envelope = TaskRequest.Envelope(headers: headers, message: message, hostname: link.settings.hostname)
        let runner = TaskRunner(
            payloads: payloads,
            effects: ChildTaskEffects(link: link, job: number, calls: calls),
            clock: .system,
            logger: logger
        )
        return runner.run(Job(envelope: envelope, task: task, opened: opened), on: executor, cancellation, started: {})
    }

    /// Sends the outcome; one that is too large has failed.
    private func report(_ outcome: Outcome, of number: Int) throws(FrameError) {
        do {
            try link.send(.outcome(job: number, outcome))
        } catch {
            let exception = PythonException.valueError(
                "the outcome can't leave the child process: \(error); see swiftworker_message_max_bytes"
            )
            try link.send(.outcome(job: number, .failure(exception)))
        }
    }
}
