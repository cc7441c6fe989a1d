import OrderedCollections

/// How many bodies of each task were started.
final class TaskTotals: Sendable {
    private final class Total: Sendable {
        let count = WorkerCounters.Counter()
    }

    private let totals: [String: Total]

    init(_ tasks: TaskRegistry) {
        totals = Dictionary(tasks.names.map { ($0, Total()) }) { first, _ in first }
    }

    func started(_ task: String) { totals[task]?.count.increment() }

    /// Those that were started at all, by name.
    var values: OrderedDictionary<String, Int> {
        let values = totals.map { ($0.key, $0.value.count.value) }.filter { $0.1 > 0 }
        return OrderedDictionary(uniqueKeysWithValues: values.sorted { $0.0 < $1.0 })
    }
}
