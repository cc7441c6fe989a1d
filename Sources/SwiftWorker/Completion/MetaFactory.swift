import BrokerModel
import CeleryProtocol
import JSON

/// Makes result metas from requests: the fields that all states share, in one place (Celery reference, 5.2).
struct MetaFactory: Sendable {
    let clock: WorkerClock
    /// Seconds east of UTC in which dates are written: the app's time zone.
    let utcOffset: @Sendable (Instant) -> Int
    /// Whether name, arguments, worker, retries and queue are stored too (`result_extended`).
    let isExtended: Bool
    let payloads: PayloadDecoder
    let processID: Int32

    func success(_ result: JSONFragment, of envelope: TaskRequest.Envelope) -> ResultMeta {
        complete(.success(taskID: envelope.headers.id, result: result, at: clock.wall()), envelope)
    }

    func failure(_ exception: PythonException, of envelope: TaskRequest.Envelope) -> ResultMeta {
        complete(.failure(taskID: envelope.headers.id, exception, at: clock.wall()), envelope)
    }

    func revoked(_ reason: PythonException.RevokedReason, of envelope: TaskRequest.Envelope) -> ResultMeta {
        complete(.revoked(taskID: envelope.headers.id, reason, at: clock.wall()), envelope)
    }

    /// A task that is to run again. The next run counts as its child, as in Celery (reference, 3.8).
    func retry(_ plan: RetryPlan, of envelope: TaskRequest.Envelope) -> ResultMeta {
        envelope.addChild(ResultMeta.child(envelope.headers.id))
        var meta = ResultMeta.retry(taskID: envelope.headers.id, plan.cause)
        meta.traceback = plan.traceback(of: envelope.headers.task)
        return complete(meta, envelope)
    }

    /// A task that a cold shutdown stopped.
    func cancelled(_ envelope: TaskRequest.Envelope) -> ResultMeta {
        let exception = PythonException(
            type: "Retry",
            module: "celery.exceptions",
            arguments: [.string("cancelled by Celery")]
        )
        return complete(.retry(taskID: envelope.headers.id, exception), envelope)
    }

    /// - Parameter child: the process that runs the task, if it is not this one.
    func started(_ envelope: TaskRequest.Envelope, _ child: Int32?) -> ResultMeta {
        complete(.started(taskID: envelope.headers.id, pid: child ?? processID, hostname: envelope.hostname), envelope)
    }

    /// A state of the body's own.
    func custom(_ state: String, _ meta: JSONFragment, of envelope: TaskRequest.Envelope) -> ResultMeta {
        complete(.custom(taskID: envelope.headers.id, state: state, meta: meta), envelope)
    }

    private func complete(_ meta: ResultMeta, _ envelope: TaskRequest.Envelope) -> ResultMeta {
        var meta = meta
        meta.setOrigin(envelope.headers)
        let children = envelope.children
        if !children.isEmpty { meta.children = children }
        if let dateDone = meta.dateDone { meta.utcOffset = utcOffset(dateDone) }
        if isExtended { meta.extended = extended(envelope) }
        return meta
    }

    /// What `result_extended` adds. The message is opened once more: nobody pays for it who does not ask.
    private func extended(_ envelope: TaskRequest.Envelope) -> ResultMeta.Extended {
        let headers = envelope.headers
        let message = envelope.message
        let payload =
            headers.version == .one
            ? try? payloads.decodeProtocolOne(body: message.body, properties: message.properties).1
            : try? payloads.decode(body: message.body, properties: message.properties, headers: headers)
        return ResultMeta.Extended(
            name: headers.task,
            args: payload.map { JSONFragment($0.args.value) } ?? .null,
            kwargs: payload.map { JSONFragment($0.kwargs.value) } ?? .null,
            worker: envelope.hostname,
            retries: headers.retries,
            queue: message.routingKey
        )
    }
}
