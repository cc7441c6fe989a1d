import BrokerModel
import CeleryProtocol
import Logging

/// The first stage: turns a delivery into an admitted request, or into its final outcome at once.
///
/// It runs on the connection's thread, so it reads headers only; the body is opened by the pool's thread
/// (`TaskRunner`), where a large one holds nobody up. Only protocol 1, whose metadata are in the body, is decoded here.
final class Intake: DeliveryHandler {
    private let tasks: [String: AdmittedTask]
    /// For tasks that are not registered.
    private let defaultPolicy: TaskPolicy
    private let payloads: PayloadDecoder
    private let hostname: String
    private let pool: any Pool
    private let waitingRoom: WaitingRoom
    private let completion: Completion
    private let counters: WorkerCounters
    private let clock: WorkerClock
    private let logger: Logger

    /// A registered task with its policy.
    struct AdmittedTask: Sendable {
        let task: RegisteredTask
        let policy: TaskPolicy
    }

    init(
        tasks: [String: AdmittedTask],
        defaultPolicy: TaskPolicy,
        payloads: PayloadDecoder,
        hostname: String,
        pool: any Pool,
        waitingRoom: WaitingRoom,
        completion: Completion,
        counters: WorkerCounters,
        clock: WorkerClock,
        logger: Logger
    ) {
        self.tasks = tasks
        self.defaultPolicy = defaultPolicy
        self.payloads = payloads
        self.hostname = hostname
        self.pool = pool
        self.waitingRoom = waitingRoom
        self.completion = completion
        self.counters = counters
        self.clock = clock
        self.logger = logger
    }

    func receive(_ message: IncomingMessage, _ receipt: consuming Receipt) {
        counters.received.increment()
        do {
            let (headers, opened) = try payloads.metadata(of: message)
            let envelope = TaskRequest.Envelope(headers: headers, message: message, hostname: hostname)
            let admitted = tasks[headers.task]
            let request = Request(
                envelope: envelope,
                task: admitted?.task ?? RegisteredTask(unregistered: headers.task),
                policy: admitted?.policy ?? defaultPolicy,
                opened: opened,
                receipt: consume receipt
            )
            if admitted == nil {
                completion.complete(request, .unregistered)
            } else {
                admit(request)
            }
        } catch {
            completion.refuse(error, message, consume receipt)
        }
    }

    func receivedBatch() {
        pool.wake()
    }

    /// Hands a request to the pool, or back to the broker once the pool has stopped.
    func submit(_ request: Request) {
        if !pool.submit(request) { completion.giveBack(request) }
    }

    private func admit(_ request: Request) {
        if logger.logLevel <= .info { logger.info("Task \(request.task.name)[\(request.id)] received") }
        if request.job.isExpired(at: clock.wall) {
            completion.complete(request, .expired)
        } else if let eta = request.headers.eta {
            waitingRoom.hold(request, until: eta)
        } else {
            submit(request)
        }
    }
}
