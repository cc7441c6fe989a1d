import BrokerModel
import CeleryProtocol
import Logging

/// The first stage: turns a delivery into an admitted request, or into its final outcome at once, or hands it to the
/// task that runs already.
///
/// It runs on the connection's thread, so it reads headers only; the body is opened by the pool's thread
/// (`TaskRunner`), where a large one holds nobody up. Only protocol 1, whose metadata are in the body, is decoded here.
final class Intake: DeliveryHandler {
    private let tasks: [String: AdmittedTask]
    /// For tasks that are not registered.
    private let defaultPolicy: TaskPolicy
    private let unregistered: UnregisteredRule
    private let payloads: PayloadDecoder
    private let timeLimits: TimeLimits
    private let hostname: String
    private let admission: Admission
    /// `nil` where a redelivered message is run whatever runs here.
    private let redeliveries: Redeliveries?
    private let completion: Completion
    private let counters: WorkerCounters
    /// `nil` where nothing is measured.
    private let meters: TaskMeters?
    private let tracing = TaskTracing()
    private let logger: Logger

    /// A registered task with its policy.
    struct AdmittedTask: Sendable {
        let task: RegisteredTask
        let policy: TaskPolicy
        let meters: TaskQueueMeters
    }

    init(
        tasks: [String: AdmittedTask],
        defaultPolicy: TaskPolicy,
        unregistered: UnregisteredRule,
        payloads: PayloadDecoder,
        timeLimits: TimeLimits,
        hostname: String,
        admission: Admission,
        redeliveries: Redeliveries?,
        completion: Completion,
        counters: WorkerCounters,
        meters: TaskMeters? = nil,
        logger: Logger
    ) {
        self.tasks = tasks
        self.defaultPolicy = defaultPolicy
        self.unregistered = unregistered
        self.payloads = payloads
        self.timeLimits = timeLimits
        self.hostname = hostname
        self.admission = admission
        self.redeliveries = redeliveries
        self.completion = completion
        self.counters = counters
        self.meters = meters
        self.logger = logger
    }

    func receive(_ message: IncomingMessage, _ receipt: consuming Receipt) {
        counters.received.increment()
        do {
            let (headers, opened) = try payloads.metadata(of: message)
            if message.isRedelivered, let redeliveries {
                switch redeliveries.take(receipt, id: headers.id, retries: headers.retries) {
                case .unknown(let receipt): accept(message, headers, opened, receipt)
                case .adopted: tell(headers, "still runs here, and takes its redelivered message over")
                case .settled: tell(headers, "has run here already: its redelivered message is settled")
                }
            } else {
                accept(message, headers, opened, receipt)
            }
        } catch {
            completion.refuse(error, message, consume receipt)
        }
    }

    func receivedBatch() {
        admission.receivedBatch()
    }

    private func tell(_ headers: TaskHeaders, _ what: String) {
        counters.adopted.increment()
        logger.info("Task \(headers.task)[\(headers.id)] \(what)")
    }

    private func accept(
        _ message: IncomingMessage,
        _ headers: TaskHeaders,
        _ opened: TaskPayload?,
        _ receipt: consuming Receipt
    ) {
        let admitted = tasks[headers.task]
        let request = Request(
            envelope: TaskRequest.Envelope(headers: headers, message: message, hostname: hostname),
            task: admitted?.task ?? RegisteredTask(unregistered: headers.task),
            policy: admitted?.policy ?? defaultPolicy,
            limits: timeLimits.limits(of: headers.task),
            opened: opened,
            connection: redeliveries?.connection ?? 0,
            meter: meters?.meter(of: message, admitted?.meters),
            waitInQueue: meters?.wait(inQueue: message, headers) ?? .zero,
            receipt: receipt
        )
        request.meter?.noteReceived()
        if admitted == nil {
            completion.complete(request, unregistered.outcome(of: message))
        } else {
            if logger.logLevel <= .info { logger.info("Task \(request.task.name)[\(request.id)] received") }
            guard let tracing else { return admission.receive(request) }
            tracing.receive(request) { admission.receive(request) }
        }
    }
}
