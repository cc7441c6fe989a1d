import JSON
import OrderedCollections

/// A snapshot for scripts.
enum TopJSON {
    static func value(_ snapshot: TopSnapshot) -> JSONValue {
        [
            "queues": .array(snapshot.queues.map(queue)),
            "workers": .array(snapshot.workers.map(worker)),
        ]
    }

    private static func queue(_ queue: TopSnapshot.Queue) -> JSONValue {
        [
            "name": .string(queue.name), "ready": number(queue.ready), "consumers": number(queue.consumers),
            "running": number(queue.running), "dead_letters": number(queue.dead),
        ]
    }

    private static func worker(_ worker: TopSnapshot.Worker) -> JSONValue {
        [
            "name": .string(worker.node), "slots": number(worker.slots), "busy": number(worker.busy),
            "started": .object(worker.started.mapValues { .integer(Int64($0)) }), "uptime": number(worker.uptime),
            "prefetch": number(worker.prefetch), "pid": number(worker.processID),
            "pool": worker.pool.map { .string($0) } ?? .null,
            "queues": .array(worker.queues.map { .string($0) }),
        ]
    }

    private static func number(_ number: Int?) -> JSONValue { number.map { .integer(Int64($0)) } ?? .null }
}
