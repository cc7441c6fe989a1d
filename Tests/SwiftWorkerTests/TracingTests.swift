import BrokerModel
import CeleryProtocol
import InMemoryTracing
import SwiftWorker
import SwiftWorkerTesting
import Testing
import Threads
import Tracing

/// Spans of tasks, and the headers that make a trace of them.
@Suite(.timeLimit(.minutes(1)))
struct TracingTests {
    /// Fails once, and says within which span it ran.
    private struct Flaky: WorkerTask {
        static let name = "flaky"
        struct Arguments: Decodable {}
        struct Oops: Error {}

        var options = TaskOptions()
        let contexts = Contexts()

        func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Int {
            contexts.all.withLock { $0.append(.current) }
            if context.request.retries == 0 { throw context.retry(.after(.zero), cause: Oops()) }
            return 1
        }
    }

    private func run(_ harness: WorkerHarness, _ tracer: InMemoryTracer, until names: [String]) async throws {
        try await harness.run {
            try await eventually("\(names), has \(tracer.finishedSpans.map(\.operationName))") {
                tracer.finishedSpans.map(\.operationName).sorted() == names.sorted()
            }
        }
    }

    private final class Contexts: Sendable {
        let all = Lock<[ServiceContext?]>([])
    }

    @Test func aTaskAndWhatItPublishesAreOneTrace() async throws {
        let tracer = InMemoryTracer(idGenerator: .incrementing)
        let harness = try withTracer(tracer) {
            try WorkerHarness {
                Enqueue()
                Add()
            }
        }
        harness.send(
            "tasks.enqueue",
            headers: [InMemoryTracer.traceIDKey: "the-trace", InMemoryTracer.spanIDKey: "the-producer"]
        )
        try await run(
            harness,
            tracer,
            until: [
                "receive tasks.enqueue", "run tasks.enqueue", "publish tasks.add", "receive tasks.add", "run tasks.add",
            ]
        )
        let spans = tracer.finishedSpans
        #expect(spans.allSatisfy { $0.traceID == "the-trace" })
        func span(_ name: String) throws -> FinishedInMemorySpan {
            try #require(spans.first { $0.operationName == name })
        }
        let (run, publish) = (try span("run tasks.enqueue"), try span("publish tasks.add"))
        #expect(run.parentSpanID == "the-producer")
        #expect(publish.parentSpanID == run.spanID)
        #expect(try span("run tasks.add").parentSpanID == publish.spanID)
        #expect(run.attributes.get("messaging.destination.name") == .string("work"))
        #expect(run.attributes.get("messaging.message.id") == .string("t1"))
        #expect(run.status == nil)
    }

    @Test func aRetryIsLinkedToTheRunBefore() async throws {
        let tracer = InMemoryTracer(idGenerator: .incrementing)
        let flaky = Flaky()
        let harness = try withTracer(tracer) { try WorkerHarness { flaky } }
        harness.send("flaky")
        try await run(harness, tracer, until: ["receive flaky", "receive flaky", "run flaky", "run flaky"])
        let runs = tracer.finishedSpans.filter { $0.operationName == "run flaky" }
        #expect(runs[0].status?.code == .error)
        #expect(runs[0].links.isEmpty)
        #expect(runs[1].traceID == runs[0].traceID)
        #expect(runs[1].parentSpanID == runs[0].spanID)
        #expect(runs[1].links.map { $0.context.inMemorySpanContext?.spanID } == [runs[0].spanID])
        #expect(flaky.contexts.all.withLock { $0.map { $0?.inMemorySpanContext?.spanID } } == runs.map(\.spanID))
    }

    @Test func withoutTracerNothingIsWritten() async throws {
        let flaky = Flaky()
        let harness = try WorkerHarness { flaky }
        harness.send("flaky", headers: ["traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"])
        try await harness.run { try await harness.settled(.ack, 2) }
        #expect(flaky.contexts.all.withLock { $0.allSatisfy { $0 == nil } })
    }
}
