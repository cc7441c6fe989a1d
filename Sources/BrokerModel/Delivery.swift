/// What becomes of a delivery; each is one AMQP verb.
public enum Settlement: Sendable, Hashable {
    /// `basic.ack`: done with.
    case ack
    /// `basic.reject`, not requeued: failed, dead-lettered where a policy says so. Counts toward a delivery limit.
    case reject
    /// `basic.nack`, requeued: given back unused. Does not count toward the delivery limit of RabbitMQ 4.3.
    case requeue
    /// `basic.reject`, requeued: failed, to be tried again. Counts toward a delivery limit.
    case rejectAndRequeue
}

/// The connection side of a receipt: takes each delivery's settlement exactly once.
public protocol DeliverySettler: AnyObject, Sendable {
    /// Settles the delivery with that tag on the connection it came from; never blocks.
    ///
    /// - Returns: whether the connection is still the one that delivered. `false` means that the broker will deliver
    ///   (or has delivered) the message again, and nothing was sent.
    func settle(_ tag: UInt64, _ settlement: Settlement) -> Bool

    /// Takes back a delivery that nobody settled: requeues and counts it.
    func reclaimLeaked(_ tag: UInt64)
}

/// The one right to settle one delivery.
///
/// It can't be copied, settling consumes it, and one that is dropped unsettled goes back to the broker and is counted
/// as leaked. It stays bound to the connection that delivered: on a later connection it settles nothing.
public struct Receipt: ~Copyable, Sendable {
    private let tag: UInt64
    private let settler: any DeliverySettler
    private var isSettled = false

    public init(tag: UInt64, settler: any DeliverySettler) {
        self.tag = tag
        self.settler = settler
    }

    /// Settles the delivery.
    ///
    /// - Returns: `false` when the delivering connection is gone, so that the broker delivers again.
    @discardableResult
    public consuming func settle(_ settlement: Settlement) -> Bool {
        isSettled = true
        return settler.settle(tag, settlement)
    }

    deinit {
        if !isSettled { settler.reclaimLeaked(tag) }
    }
}

/// A message as it came off a queue.
public struct IncomingMessage: Sendable {
    /// The exchange it was published to; empty for the default exchange.
    public var exchange: String
    public var routingKey: String
    /// The queue whose consumer received it.
    public var queue: String
    /// Whether the broker delivered it before.
    public var isRedelivered: Bool
    public var properties: MessageProperties
    public var body: [UInt8]

    public init(
        exchange: String = "",
        routingKey: String,
        queue: String,
        isRedelivered: Bool = false,
        properties: MessageProperties,
        body: [UInt8]
    ) {
        self.exchange = exchange
        self.routingKey = routingKey
        self.queue = queue
        self.isRedelivered = isRedelivered
        self.properties = properties
        self.body = body
    }
}
