public import BrokerModel
public import JSON
import OrderedCollections

/// An event of an election of workers (Celery reference, 8.2).
public struct ElectionEvent: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// - `name`: `node.pid` of the candidate.
        case candidate(name: String, topic: String, action: JSONValue)
        case acknowledgement
    }

    /// Of the election.
    public var id: String
    /// The logical time.
    public var clock: Int
    public var kind: Kind

    /// - Throws: `InvalidMessage` when it can't be understood.
    public init(_ message: IncomingMessage) throws(InvalidMessage) {
        let decoder = PayloadDecoder(maxBytes: ControlRequest.maximumBytes)
        let event = try decoder.parse(message.body, message.properties, nil).root.value.object ?? [:]
        guard let id = event["id"]?.string, id.utf8.count <= ControlRequest.maximumTextBytes,
            let clock = event["clock"]?.integer, let type = event["type"]?.string
        else { throw InvalidMessage(.invalidField, "an event of an election has an id, a clock and a type") }
        self.id = id
        self.clock = Int(clamping: clock)
        guard type == "worker-elect" else {
            kind = .acknowledgement
            return
        }
        guard let node = event["hostname"]?.string, let processID = event["pid"]?.integer,
            let topic = event["topic"]?.string
        else { throw InvalidMessage(.invalidField, "a candidate of an election has a hostname, a pid and a topic") }
        kind = .candidate(name: "\(node).\(processID)", topic: topic, action: event["action"] ?? .null)
    }
}
