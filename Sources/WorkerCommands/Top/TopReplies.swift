import CeleryProtocol
import JSON
import OrderedCollections

/// Puts together what workers reply to `stats`, `active` and `active_queues` (Celery reference, 7.4 to 7.7).
struct TopReplies {
    /// What is asked of every worker. Arguments as texts: they are not looked at, and may be large.
    static let questions = [
        ControlRequest("stats"), ControlRequest("active", ["safe": true]), ControlRequest("active_queues"),
    ]

    /// How many workers, and tasks and queues of each, are looked at.
    static let maximum = 2_000

    /// The largest count that is believed: the sum of all of them fits.
    private static let maximumCount: Int64 = 1_000_000_000_000

    private var workers: [String: TopSnapshot.Worker] = [:]
    /// How many tasks run, by the routing key of their messages.
    private var runningByKey: [String: Int] = [:]
    /// The routing key of each queue.
    private var keys: [String: String] = [:]
    private var answers: [String: Int] = [:]

    /// How many workers have answered all that was asked.
    var complete: Int { answers.values.count { $0 >= Self.questions.count } }

    var nodes: Set<String> { Set(workers.keys) }

    mutating func take(_ reply: ControlReply, to method: String) {
        guard workers[reply.node] != nil || workers.count < Self.maximum else { return }
        answers[reply.node, default: 0] += 1
        var worker = workers[reply.node] ?? TopSnapshot.Worker(node: reply.node)
        switch method {
        case "stats": Self.read(reply.value, &worker)
        case "active":
            let tasks = reply.value.array ?? []
            worker.busy = tasks.count
            for task in tasks.prefix(Self.maximum) {
                guard let key = task["delivery_info"]?["routing_key"]?.string else { continue }
                runningByKey[key, default: 0] += 1
            }
        case "active_queues":
            for queue in (reply.value.array ?? []).prefix(Self.maximum) {
                guard let name = queue["name"]?.string else { continue }
                worker.queues.append(name)
                keys[name] = queue["routing_key"]?.string ?? name
            }
        default: break
        }
        workers[reply.node] = worker
    }

    /// The workers, and with them the queues that they consume and those that are configured; their counts are yet to come.
    func snapshot(at now: Double, configured: [String]) -> TopSnapshot {
        let consumed = workers.values.flatMap(\.queues)
        let names = Set(consumed + configured).sorted()
        let queues = names.map { name in
            let key = keys[name] ?? name
            let running = (runningByKey[name] ?? 0) + (key == name ? 0 : runningByKey[key] ?? 0)
            return TopSnapshot.Queue(name: name, running: running)
        }
        return TopSnapshot(takenAt: now, queues: queues, workers: workers.values.sorted { $0.node < $1.node })
    }

    private static func read(_ stats: JSONValue, _ worker: inout TopSnapshot.Worker) {
        func number(_ value: JSONValue?) -> Int? { value?.integer.map { Int(min(max(0, $0), maximumCount)) } }
        for (name, count) in (stats["total"]?.object ?? [:]).prefix(maximum) {
            worker.started[name] = number(count)
        }
        worker.slots = number(stats["pool"]?["max-concurrency"])
        worker.uptime = number(stats["uptime"])
        worker.prefetch = number(stats["prefetch_count"])
        worker.processID = number(stats["pid"])
        worker.pool = stats["pool"]?["implementation"]?.string.map(pool)
    }

    /// `celery.concurrency.prefork:TaskPool` is prefork, `swiftworker:ThreadPool` is threads.
    private static func pool(_ implementation: String) -> String {
        let words = [
            ("prefork", "prefork"), ("ProcessPool", "prefork"), ("thread", "threads"), ("ThreadPool", "threads"),
            ("solo", "solo"), ("SoloPool", "solo"), ("gevent", "gevent"), ("eventlet", "eventlet"),
        ]
        return words.first { implementation.contains($0.0) }?.1 ?? String(implementation.suffix(16))
    }
}
