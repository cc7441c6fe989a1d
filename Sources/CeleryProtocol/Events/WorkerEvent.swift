public import JSON

/// What monitors and other workers are told of a worker (Celery reference, 6.2).
public enum WorkerEvent: Sendable, Hashable {
    /// The worker is there: when it starts, and after each reconnect.
    case online(Pulse)
    case heartbeat(Pulse)
    case offline(Pulse)
    /// The heartbeat that the command `heartbeat` asks for, which says less.
    case announcement
    /// A candidate for an election (8.2).
    case elect(id: String, topic: String, action: JSONValue)
    /// A candidate was heard of.
    case electAck(id: String)

    /// What a worker does at the moment.
    public struct Pulse: Sendable, Hashable {
        /// Seconds between heartbeats: after two of them without one a worker counts as gone.
        public var frequency: Double
        /// Tasks that run.
        public var active: Int
        /// Tasks that have been started in all.
        public var processed: Int
        /// Of the machine, in the last 1, 5 and 15 minutes.
        public var loadAverage: [Double]

        public init(frequency: Double, active: Int, processed: Int, loadAverage: [Double]) {
            self.frequency = frequency
            self.active = active
            self.processed = processed
            self.loadAverage = loadAverage
        }
    }

    /// The event's name, for example `worker-heartbeat`.
    public var type: String {
        switch self {
        case .online: "worker-online"
        case .heartbeat, .announcement: "worker-heartbeat"
        case .offline: "worker-offline"
        case .elect: "worker-elect"
        case .electAck: "worker-elect-ack"
        }
    }
}
