import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections
import SwiftWorker
import SwiftWorkerTesting
import Testing

@testable import WorkerCommands

@Suite struct TopTests {
    private func replies() -> TopReplies {
        var replies = TopReplies()
        let python: JSONValue = [
            "total": ["a.x": 10, "a.y": 5], "pid": 7, "uptime": 61, "prefetch_count": 8,
            "pool": ["implementation": "celery.concurrency.prefork:TaskPool", "max-concurrency": 4],
        ]
        replies.take(ControlReply(node: "py@h", python), to: "stats")
        replies.take(
            ControlReply(
                node: "py@h",
                [
                    ["id": "1", "delivery_info": ["routing_key": "cpu"]],
                    ["id": "2", "delivery_info": ["routing_key": "key"]],
                ]
            ),
            to: "active"
        )
        replies.take(
            ControlReply(
                node: "py@h",
                [["name": "cpu", "routing_key": "cpu"], ["name": "io", "routing_key": "key"]]
            ),
            to: "active_queues"
        )
        replies.take(
            ControlReply(node: "sw@h", ["total": ["a.x": 1], "pool": ["implementation": "swiftworker:ThreadPool"]]),
            to: "stats"
        )
        return replies
    }

    @Test func repliesBecomeASnapshot() {
        let replies = replies()
        #expect(replies.complete == 1)
        #expect(replies.nodes == ["py@h", "sw@h"])
        let snapshot = replies.snapshot(at: 1, configured: ["cpu", "lonely"])
        #expect(snapshot.queues.map(\.name) == ["cpu", "io", "lonely"])
        #expect(snapshot.queues.map(\.running) == [1, 1, 0])
        #expect(snapshot.started == ["a.x": 11, "a.y": 5])
        let worker = snapshot.worker("py@h")
        #expect(worker?.slots == 4)
        #expect(worker?.busy == 2)
        #expect(worker?.pool == "prefork")
        #expect(worker?.queues == ["cpu", "io"])
        #expect(snapshot.worker("sw@h")?.pool == "threads")
        #expect(snapshot.worker("sw@h")?.busy == nil)
    }

    /// What is no reply of Celery's shape leaves things unknown.
    @Test(arguments: [JSONValue.null, 3, [], ["error": "no"], ["total": 3, "pool": []], [["name": 7]]])
    func strangeReplies(_ value: JSONValue) {
        var replies = TopReplies()
        for method in ["stats", "active", "active_queues"] { replies.take(ControlReply(node: "x", value), to: method) }
        let snapshot = replies.snapshot(at: 0, configured: [])
        #expect(snapshot.workers.count == 1)
        #expect(snapshot.workers.first?.slots == nil)
        #expect(snapshot.queues.isEmpty)
    }

    /// Counts that no worker has neither end it nor turn it negative.
    @Test func absurdCounts() {
        var state = TopState()
        for time in [1.0, 2.0] {
            var replies = TopReplies()
            for (node, count) in [("a@h", Int64.max), ("b@h", .max), ("c@h", .min)] {
                let stats: JSONValue = [
                    "total": ["a.x": .integer(count), "a.y": .integer(count)], "uptime": .integer(count),
                    "pid": .integer(count), "prefetch_count": .integer(count),
                    "pool": ["max-concurrency": .integer(count)],
                ]
                replies.take(ControlReply(node: node, stats), to: "stats")
            }
            state.take(replies.snapshot(at: time, configured: []))
        }
        let text = TopScreen(state: state, place: "p").lines.map(\.text)
        #expect(text[1].contains("slots busy 0/2000000000000 "))
        #expect(state.current?.worker("a@h")?.startedCount == 2_000_000_000_000)
        #expect(state.current?.worker("c@h")?.startedCount == 0)
    }

    private func snapshot(at time: Double, started: Int, ready: Int?, dead: Int?) -> TopSnapshot {
        var worker = TopSnapshot.Worker(node: "w")
        worker.started = ["a": started]
        worker.slots = 4
        worker.busy = 4
        return TopSnapshot(
            takenAt: time,
            queues: [.init(name: "q", ready: ready, consumers: ready == nil ? nil : 0, dead: dead)],
            workers: [worker]
        )
    }

    @Test func rates() {
        var state = TopState()
        state.take(snapshot(at: 10, started: 100, ready: 50, dead: 1))
        #expect(state.rate == nil)
        #expect(state.growth(ofQueue: "q") == nil)
        state.take(snapshot(at: 12, started: 140, ready: 40, dead: 4))
        #expect(state.rate == 20)
        #expect(state.growth(ofQueue: "q") == -5)
        #expect(state.newDeadLetters(ofQueue: "q") == 3)
        #expect(state.tasks == [TopState.Row(name: "a", rate: 20, started: 140)])
        // A worker that was started anew; letters that were replayed; a queue that was deleted.
        state.take(snapshot(at: 14, started: 10, ready: nil, dead: 0))
        #expect(state.rate == 5)
        #expect(state.growth(ofQueue: "q") == nil)
        #expect(state.newDeadLetters(ofQueue: "q") == 0)
        state.fail("gone")
        #expect(state.current?.takenAt == 14)
        #expect(state.trouble == "gone")
    }

    @Test func picture() {
        var state = TopState()
        #expect(TopScreen(state: state, place: "p").lines.count == 2)
        state.take(snapshot(at: 10, started: 100, ready: 50, dead: 1))
        state.take(snapshot(at: 12, started: 140, ready: 40, dead: 4))
        let lines = TopScreen(state: state, place: "amqp://b//").lines
        let text = lines.map(\.text)
        #expect(text[0].hasSuffix(" top  amqp://b//"))
        #expect(text[1] == "workers 1  slots busy 4/4  started 20.0/s  ready 40  dead letters 4 (+3)")
        #expect(text[3] == "QUEUE  READY  GROWTH/S  RUNNING  CONSUMERS  DEAD")
        #expect(text[4] == "q         40      -5.0        0          0     4")
        // No consumer, and dead letters, are red.
        #expect(lines[4].spans.filter { $0.look.colour == .red }.count == 2)
        #expect(text[7].hasPrefix("w        4/4       20.0"))
        state.fail("no connection: gone")
        #expect(TopScreen(state: state, place: "p").lines[0].text.hasSuffix("no connection: gone"))
    }

    @Test func json() {
        let value = TopJSON.value(snapshot(at: 1, started: 2, ready: nil, dead: 3))
        #expect(value["queues"]?[0]?["dead_letters"] == 3)
        #expect(value["queues"]?[0]?["ready"] == .null)
        #expect(value["workers"]?[0]?["started"] == ["a": 2])
    }

    /// Nobody answers in memory: the configured queues are shown all the same.
    @Test func probe() async throws {
        let broker = InMemoryBroker()
        var settings = Settings()
        settings.taskDefaultQueue = "jobs"
        for queue in ["jobs", "jobs", "jobs.dead"] {
            broker.publish(
                OutgoingMessage(
                    exchange: "",
                    routingKey: queue,
                    properties: MessageProperties(),
                    body: [1],
                    isMandatory: false
                )
            )
        }
        let probe = try TopProbe(broker, settings)
        let snapshot = try await probe.snapshot()
        await probe.close()
        #expect(snapshot.workers.isEmpty)
        #expect(snapshot.queues == [.init(name: "jobs", ready: 2, consumers: 0, dead: 1)])
    }

    @Test func aDefaultQueueThatNobodyHasIsNotShown() async throws {
        let probe = try TopProbe(InMemoryBroker(), Settings())
        #expect(try await probe.snapshot().queues.isEmpty)
        await probe.close()
    }
}
