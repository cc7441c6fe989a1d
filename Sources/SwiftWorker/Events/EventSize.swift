import CeleryProtocol

extension EventMessage.TaskEntry {
    /// About how many bytes it takes in a message: enough to keep messages small, without encoding it twice.
    var roughBytes: Int {
        let texts: [String?] =
            switch event {
            case .sent(let arrival, let queue, let exchange, let routingKey):
                arrival.texts + [queue, exchange, routingKey]
            case .received(let arrival): arrival.texts
            case .succeeded(let result, _): [result]
            case .failed(let exception, let traceback): [exception, traceback]
            case .retried(let exception, let traceback): [exception, traceback]
            case .started, .revoked, .rejected, .cancelled, .custom: []
            }
        return texts.reduce(Self.frameBytes) { $0 + ($1?.utf8.count ?? 0) }
    }

    /// What is in every event: sender, times, id, names of fields.
    private static let frameBytes = 400
}

extension TaskEvent.Arrival {
    fileprivate var texts: [String?] { [name, args, kwargs, rootID, parentID] }
}
