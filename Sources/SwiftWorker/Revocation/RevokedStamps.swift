import BrokerModel
import CeleryProtocol
import DequeModule
import JSON

/// The stamps whose tasks are revoked (Celery reference, 3.9). Celery keeps them without end; here their number is
/// bounded, and the oldest are forgotten.
struct RevokedStamps: Sendable {
    typealias Stamp = RevokedStamp

    static let defaultMaximum = 10_000

    let maximum: Int
    /// The oldest first.
    private(set) var stamps: Deque<Stamp> = []
    private var known: Set<Stamp> = []

    init(maximum: Int = RevokedStamps.defaultMaximum) {
        self.maximum = max(1, maximum)
    }

    var isEmpty: Bool { stamps.isEmpty }

    mutating func add(_ name: String, _ value: JSONValue) {
        let stamp = Stamp(name: name, value: value)
        guard known.insert(stamp).inserted else { return }
        stamps.append(stamp)
        if stamps.count > maximum, let oldest = stamps.popFirst() { known.remove(oldest) }
    }

    /// The stamp for which a task is revoked: one that its list of stamps names, and of whose values one is among these.
    func match(_ headers: TaskHeaders) -> Stamp? {
        if stamps.isEmpty { return nil }
        for name in headers.stampedHeaders ?? [] {
            guard let field = headers.stamps[name], !field.isVoid else { continue }
            let given = field.json
            for value in given.array ?? [given] {
                let stamp = Stamp(name: name, value: value)
                if known.contains(stamp) { return stamp }
            }
        }
        return nil
    }
}
