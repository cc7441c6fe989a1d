import Threads

/// Collects values from many tasks.
final class Recorder<Value: Sendable>: Sendable {
    private let storage = Lock<[Value]>([])

    func add(_ value: Value) { storage.withLock { $0.append(value) } }

    var values: [Value] { storage.withLock { $0 } }
    var count: Int { storage.withLock { $0.count } }
}
