import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections

/// The stamps whose tasks are revoked (Celery reference, 3.9). Celery keeps them without end; here their number is
/// bounded, and the oldest are forgotten.
struct RevokedStamps: Sendable {
    typealias Stamp = RevokedStamp

    static let defaultMaximum = 10_000

    let maximum: Int
    private(set) var stamps: OrderedSet<Stamp> = []

    init(maximum: Int = RevokedStamps.defaultMaximum) {
        self.maximum = max(1, maximum)
    }

    var isEmpty: Bool { stamps.isEmpty }

    mutating func add(_ name: String, _ value: JSONValue) {
        stamps.append(Stamp(name: name, value: value))
        if stamps.count > maximum { stamps.removeFirst() }
    }

    /// The stamp for which a task is revoked: one that its list of stamps names, and of whose values one is among these.
    func match(_ headers: TaskHeaders) -> Stamp? {
        if stamps.isEmpty { return nil }
        for name in headers.stampedHeaders ?? [] {
            guard let field = headers.stamps[name], !field.isVoid else { continue }
            let given = field.json
            for value in given.array ?? [given] {
                let stamp = Stamp(name: name, value: value)
                if stamps.contains(stamp) { return stamp }
            }
        }
        return nil
    }
}
