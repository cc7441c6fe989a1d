public import BrokerModel

extension AMQPError: BrokerRefusal {
    /// What does not fit the wire, is too large, or is not permitted stays so. An exchange that is missing can be
    /// declared, and a connection be made again.
    public var isFinal: Bool {
        switch code {
        case .invalidArgument, .refusedByBroker: true
        case .channelClosedByBroker: reply?.code != 404
        default: false
        }
    }
}
