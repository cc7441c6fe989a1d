import BrokerModel
import CeleryProtocol
import JSON

extension RequestInfo {
    /// How large a body may be for its arguments to be shown whole, in bytes; of a larger one the producer's texts are.
    static let maximumBody = 256 << 10

    /// How much of bodies one reply shows whole, in bytes: it has to remain one that a broker takes.
    static let maximumBodies = 4 << 20

    /// A request that this worker has.
    ///
    /// - Parameters:
    ///   - isSafe: arguments as the producer shows them, who may hide something.
    ///   - running: its slot, if it has one.
    init(
        _ request: Request,
        isSafe: Bool,
        running: RunningTask?,
        payloads: PayloadDecoder,
        clock: WorkerClock,
        processID: Int32
    ) {
        let headers = request.headers
        let message = request.envelope.message
        let mayOpen = !isSafe && message.body.count <= Self.maximumBody
        let payload = mayOpen ? try? request.job.open(by: payloads) : nil
        self.init(
            headers: headers,
            args: payload?.args.value ?? .string(headers.argsRepr ?? ""),
            kwargs: payload?.kwargs.value ?? .string(headers.kwargsRepr ?? ""),
            node: request.envelope.hostname,
            exchange: message.exchange,
            routingKey: message.routingKey,
            priority: message.properties.priority,
            isRedelivered: message.isRedelivered,
            startedAt: running.map { clock.wall() - (clock.monotonic() - $0.since) },
            isAcknowledged: !request.isUnsettled,
            processID: running.map { $0.processID ?? processID }
        )
    }
}
