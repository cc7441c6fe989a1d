import CeleryProtocol
import JSON
import OrderedCollections

/// What is known of a worker by its events.
struct MonitorWorker: Sendable, Hashable {
    let node: String
    /// When it was heard of last, in seconds on this machine's even clock.
    var heardAt: Double
    var hasLeft = false
    /// Seconds between heartbeats; Celery's guess until the first.
    var frequency = 60.0
    /// Tasks that run, and that were started in all.
    var active: Int?
    var processed: Int?
    var loadAverage: [Double] = []
    var processID: Int?
    /// The program with its version.
    var software: String?

    init(node: String, at now: Double) {
        self.node = node
        heardAt = now
    }

    mutating func apply(_ event: ReceivedEvent, at now: Double) {
        heardAt = now
        hasLeft = event.type == "worker-offline"
        let fields = event.fields
        if let frequency = fields["freq"]?.double, frequency.isFinite { self.frequency = max(0.1, frequency) }
        if let active = fields["active"]?.integer { self.active = Int(clamping: active) }
        if let processed = fields["processed"]?.integer { self.processed = Int(clamping: processed) }
        if let load = fields["loadavg"]?.array { loadAverage = load.prefix(3).compactMap(\.double) }
        if let process = fields["pid"]?.integer { processID = Int(clamping: process) }
        if let program = fields["sw_ident"]?.string {
            software = String("\(program) \(fields["sw_ver"]?.string ?? "")".prefix(64))
        }
    }

    /// Whether it has been heard of within twice its heartbeat's interval, as Celery counts it.
    func isAlive(at now: Double) -> Bool { !hasLeft && now < heardAt + 2 * frequency }
}
