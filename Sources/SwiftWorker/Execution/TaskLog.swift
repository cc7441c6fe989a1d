import BrokerModel
import CeleryProtocol
import JSON
import Logging

/// The worker's lines about tasks, worded as Celery's, which monitors search for (reference, 10.2).
struct TaskLog: Sendable {
    let logger: Logger

    /// - Parameter isReplaced: whether the broker has another message in place of the request's.
    func ended(_ request: Request, _ outcome: Outcome, _ runtime: Duration, isReplaced: Bool) {
        let title = "\(request.task.name)[\(request.id)]"
        switch outcome {
        case .success(let result):
            if logger.logLevel <= .info {
                logger.info("Task \(title) succeeded in \(runtime.secondsText)s: \(Self.repr(of: result))")
            }
        case .failure(let exception):
            let expected = request.task.options.expectedErrors.contains(exception.type)
            let line = "Task \(title) raised \(expected ? "expected" : "unexpected"): \(exception.repr)"
            if expected { logger.info("\(line)") } else { logger.error("\(line)\n\(exception.traceback ?? "")") }
        case .ignored: logger.info("Task \(title) ignored")
        case .rejected(let reason, let requeue):
            logger.warning("Task \(title) rejected (requeue=\(requeue)): \(reason)")
        case .retried(let plan):
            if let loss = plan.loss { lost(title, loss, "") }
            logger.info("Task \(title) retry: \(plan.summary)")
        case .parked(let seconds): logger.debug("Task \(title) waits in the broker for \(seconds) s")
        case .revoked(.before(let reason)): logger.info("Discarding revoked task: \(title)\(reason.remark)")
        case .revoked(.terminated(let signal)): logger.error("Task \(title) terminated by signal \(signal)")
        case .expired: logger.info("Discarding revoked task: \(title)")
        case .unregistered: unregistered(request, isReplaced)
        case .passedOn:
            logger.warning(
                "Received unregistered task of type '\(request.task.name)': it is passed on, id \(request.id)"
            )
        case .refused(let error): refused(error, request.envelope.message, isReplaced: isReplaced)
        case .timedOut(let limit): logger.error("Hard time limit (\(limit.numberText)s) exceeded for \(title)")
        case .lost(let loss): lost(title, loss, "")
        case .lostToRunAgain(let loss): lost(title, loss, "\nThe message goes back to its queue, to run again.")
        case .quarantined(let loss):
            let verb = isReplaced ? "is a dead letter now" : "is rejected"
            lost(title, loss, "\nThe message \(verb): it has taken its process along too often.")
        case .cancelled(.connectionLost):
            logger.warning("Task \(title) cancelled: its connection is lost, and the broker delivers it again")
        case .cancelled: logger.warning("Task \(title) cancelled by shutdown")
        }
    }

    /// A result as Python prints it.
    static func repr(of result: JSONFragment) -> String {
        (try? JSONDocument(result.bytes)).map { PythonRepr.safeRepr($0.root) } ?? result.text
    }

    func softLimitPassed(_ request: Request, _ limit: Duration) {
        logger.warning("Soft time limit (\(limit.numberText)s) exceeded for \(request.task.name)[\(request.id)]")
    }

    /// Celery's line for a lost process, with the evidence.
    private func lost(_ title: String, _ loss: WorkerLoss, _ sequel: String) {
        let exception = loss.exception
        logger.error("Task handler raised error: \(exception.repr)\n\(title)\n\(exception.traceback ?? "")\(sequel)")
    }

    func deadLettered(_ request: Request) {
        logger.info(
            "Task \(request.task.name)[\(request.id)]: its message is a dead letter of \(request.envelope.message.queue)"
        )
    }

    func refused(_ error: InvalidMessage, _ message: IncomingMessage, isReplaced: Bool) {
        let isAcked = SettlementRule.settlement(for: error) == .ack
        let verb = isReplaced ? "dead-lettered" : isAcked ? "discarded" : "rejected"
        let line = """
            \(error.message)
            The message was \(verb): queue=\(message.queue) routing_key=\(message.routingKey) \
            content_type=\(message.properties.contentType ?? "none") size=\(message.body.count)
            """
        let isCritical = error.disposition == .ackAndLog || error.code == .contentTypeRefused
        logger.log(level: isCritical ? .critical : .error, "\(line)")
    }

    /// - Parameter pause: how long the message is kept before it goes back; `nil` when it was acked before.
    func unpublished(_ request: Request, _ error: any Error, givenBackAfter pause: Duration?) {
        let sequel = pause.map { "its message goes back to its queue in \($0.numberText) s" } ?? "and is lost"
        logger.error(
            "Task \(request.task.name)[\(request.id)]: what follows could not be published, \(sequel): \(error)"
        )
    }

    func notPassedOn(_ request: Request, _ error: any Error) {
        let title = "type '\(request.task.name)', id \(request.id)"
        logger.warning("Unregistered task of \(title), can't be passed on: \(error)")
    }

    /// The same for a message that is no task.
    func unpublished(_ message: IncomingMessage, _ error: any Error, givenBackAfter pause: Duration) {
        logger.error(
            """
            A message of \(message.queue) that is no task could not be published as a dead letter, it goes back in \
            \(pause.numberText) s: \(error)
            """
        )
    }

    func unstored(_ meta: ResultMeta, _ envelope: TaskRequest.Envelope, _ error: any Error) {
        logger.error(
            "Task \(envelope.headers.task)[\(envelope.headers.id)]: state \(meta.status) could not be stored: \(error)"
        )
    }

    /// - Parameter isRemembered: whether the message is settled when it comes here again.
    func settledTooLate(_ request: Request, isRemembered: Bool) {
        let title = "Task \(request.task.name)[\(request.id)]"
        if isRemembered {
            logger.info("\(title) has ended, but its connection is gone: its message is settled when it comes again")
        } else {
            logger.warning(
                "\(title) can't be acknowledged: its connection is gone, so the broker delivers it again"
            )
        }
    }

    private func unregistered(_ request: Request, _ isReplaced: Bool) {
        logger.error(
            """
            Received unregistered task of type '\(request.task.name)'.
            The message was \(isReplaced ? "dead-lettered" : "rejected"), id \(request.id). Is the task registered in this worker's program, under exactly \
            this name? Registered names are listed at start with --loglevel INFO.
            """
        )
    }
}

extension Duration {
    /// Seconds as Python prints a number: `5`, `0.5`.
    var numberText: String {
        let (seconds, attoseconds) = components
        return attoseconds == 0 ? "\(seconds)" : secondsText
    }

    /// Seconds with a fraction, for log lines.
    var secondsText: String {
        let (seconds, attoseconds) = components
        return "\(Double(seconds) + Double(attoseconds) / 1e18)"
    }

    /// Seconds with so many decimals.
    func numberText(decimals: Int) -> String {
        let (seconds, attoseconds) = components
        var unit: Int64 = 1_000_000_000_000_000_000
        for _ in 0..<decimals { unit /= 10 }
        let fraction = String(attoseconds / unit)
        return "\(seconds)." + String(repeating: "0", count: max(0, decimals - fraction.count)) + fraction
    }
}
