import CeleryProtocol
import JSON

/// Makes result metas from requests: the fields that all states share, in one place (Celery reference, 5.2).
struct MetaFactory: Sendable {
    let clock: WorkerClock
    /// Seconds east of UTC in which dates are written: the app's time zone.
    let utcOffset: @Sendable (Instant) -> Int
    /// Whether name, arguments, worker, retries and queue are stored too (`result_extended`).
    let isExtended: Bool
    let processID: Int

    func success(_ result: JSONFragment, of envelope: TaskRequest.Envelope) -> ResultMeta {
        meta("SUCCESS", result, of: envelope, isReady: true)
    }

    func failure(_ exception: PythonException, of envelope: TaskRequest.Envelope) -> ResultMeta {
        var meta = meta("FAILURE", exception.fragment, of: envelope, isReady: true)
        meta.traceback = exception.traceback
        return meta
    }

    func revoked(_ reason: PythonException.RevokedReason, of envelope: TaskRequest.Envelope) -> ResultMeta {
        meta("REVOKED", PythonException.taskRevoked(reason).fragment, of: envelope, isReady: true)
    }

    /// A task that a cold shutdown stopped.
    func cancelled(_ envelope: TaskRequest.Envelope) -> ResultMeta {
        let exception = PythonException(
            type: "Retry",
            module: "celery.exceptions",
            arguments: [.string("cancelled by Celery")]
        )
        return meta("RETRY", exception.fragment, of: envelope, isReady: false)
    }

    func started(_ request: Request) -> ResultMeta {
        let result: JSONObject = [
            "pid": .integer(Int64(processID)), "hostname": .string(request.envelope.hostname),
        ]
        return meta("STARTED", JSONFragment(.object(result)), of: request.envelope, isReady: false)
    }

    /// A state of the body's own.
    func custom(_ state: String, _ meta: JSONFragment, of envelope: TaskRequest.Envelope) -> ResultMeta {
        self.meta(state, meta, of: envelope, isReady: false)
    }

    private func meta(
        _ status: String,
        _ result: JSONFragment,
        of envelope: TaskRequest.Envelope,
        isReady: Bool
    ) -> ResultMeta {
        let headers = envelope.headers
        var meta = ResultMeta(taskID: headers.id, status: status, result: result)
        meta.children = envelope.children.withLock { $0 }
        if isReady {
            let now = clock.wall()
            meta.dateDone = now
            meta.utcOffset = utcOffset(now)
        }
        meta.setOrigin(headers)
        return meta
    }
}
