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
    private let payloads: PayloadDecoder
    private let hostname: String
    private let board: ControlBoard
    private let admission: Admission
    private let waitingRoom: WaitingRoom
    private let returns: Returns
    /// `nil` where a redelivered message is run whatever runs here.
    private let redeliveries: Redeliveries?
    private let completion: Completion
    private let counters: WorkerCounters
    private let clock: WorkerClock
    private let logger: Logger

    /// For how many seconds a message of a paused task waits in the broker, until it is looked at again.
    static let pauseParking = 30

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
        board: ControlBoard,
        admission: Admission,
        waitingRoom: WaitingRoom,
        returns: Returns,
        redeliveries: Redeliveries?,
        completion: Completion,
        counters: WorkerCounters,
        clock: WorkerClock,
        logger: Logger
    ) {
        self.tasks = tasks
        self.defaultPolicy = defaultPolicy
        self.payloads = payloads
        self.hostname = hostname
        self.board = board
        self.admission = admission
        self.waitingRoom = waitingRoom
        self.returns = returns
        self.redeliveries = redeliveries
        self.completion = completion
        self.counters = counters
        self.clock = clock
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
            opened: opened,
            connection: redeliveries?.connection ?? 0,
            receipt: receipt
        )
        if admitted == nil {
            completion.complete(request, .unregistered)
        } else {
            admit(request)
        }
    }

    private func admit(_ request: Request) {
        if logger.logLevel <= .info { logger.info("Task \(request.task.name)[\(request.id)] received") }
        if let objection = board.objection(to: request.headers) {
            switch objection {
            case .revoked(let reason): completion.complete(request, .revoked(.before(reason)))
            case .paused: completion.complete(request, .parked(seconds: Self.pauseParking))
            case .overBudget(let remaining):
                completion.complete(request, .parked(seconds: Int(remaining.components.seconds) + 1))
            }
        } else if request.job.isExpired(at: clock.wall) {
            completion.complete(request, .expired)
        } else if let eta = request.headers.eta {
            admission.hold(request)
            if !waitingRoom.hold(request, until: eta) { returns.add(request) }
        } else {
            admission.admit(request)
        }
    }
}
