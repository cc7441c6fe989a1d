import BrokerModel
import CeleryProtocol
import Tracing

/// Spans for what happens to tasks, and the headers by which they are one trace: W3C's `traceparent`, or whatever the
/// tracer writes.
struct TaskTracing: Sendable {
    private let tracer: any Tracer

    /// `nil` where the program has brought no tracer: then nothing is done for tracing.
    init?() {
        let tracer = InstrumentationSystem.tracer
        if tracer is NoOpTracer { return nil }
        self.tracer = tracer
    }

    /// A message has been received, and goes where it may go.
    func receive(_ request: Request, _ body: () -> Void) {
        let span = start("receive", request.headers, queue: request.envelope.message.queue, kind: .consumer)
        body()
        span.end()
    }

    /// A body runs: what it does belongs to its span, and so do its logs and the tasks that it publishes.
    ///
    /// - Parameter body: gets the headers by which a next run is told of this one.
    func run<Value>(_ job: Job, _ body: (FieldTable) async -> (Value, failure: String?)) async -> Value {
        let span = start("run", job.headers, queue: job.envelope.message.queue, kind: .consumer)
        let (value, failure) = await ServiceContext.withValue(span.context) { await body(headers(of: span.context)) }
        if let failure { span.setStatus(SpanStatus(code: .error, message: failure)) }
        span.end()
        return value
    }

    /// A body publishes a task.
    func publish<Value>(_ task: String, _ body: () async throws -> Value) async throws -> Value {
        let span = tracer.startAnySpan("publish \(task)", ofKind: .producer)
        span.attributes["messaging.system"] = "rabbitmq"
        span.attributes["celery.task_name"] = "\(task)"
        defer { span.end() }
        do {
            return try await ServiceContext.withValue(span.context) { try await body() }
        } catch {
            span.recordError(error)
            span.setStatus(SpanStatus(code: .error))
            throw error
        }
    }

    /// What a message carries of a span.
    func headers(of context: ServiceContext) -> FieldTable {
        var headers: FieldTable = [:]
        tracer.inject(context, into: &headers, using: HeaderCarrier())
        return headers
    }

    private func start(_ what: String, _ headers: TaskHeaders, queue: String, kind: SpanKind) -> any Span {
        var context = ServiceContext.topLevel
        tracer.extract(headers.raw, into: &context, using: HeaderCarrier())
        let span = tracer.startAnySpan("\(what) \(headers.task)", context: context, ofKind: kind)
        span.attributes["messaging.system"] = "rabbitmq"
        span.attributes["messaging.destination.name"] = "\(queue)"
        span.attributes["messaging.message.id"] = "\(headers.id)"
        span.attributes["celery.task_name"] = "\(headers.task)"
        span.attributes["celery.retries"] = headers.retries
        // The run before wrote the headers: it is where this one comes from.
        if headers.retries > 0 { span.addLink(SpanLink(context: context, attributes: [:])) }
        return span
    }

    /// Reads and writes a message's headers.
    private struct HeaderCarrier: Extractor, Injector {
        func extract(key: String, from carrier: FieldTable) -> String? { carrier[key]?.string }

        func inject(_ value: String, forKey key: String, into carrier: inout FieldTable) {
            carrier[key] = .string(value)
        }
    }
}
