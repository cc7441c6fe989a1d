import BrokerModel
import CeleryProtocol
import JSON
import ResultStores
import SwiftWorker
import SwiftWorkerTesting
import Testing

/// Celery reference, 5.4.
@Suite struct RPCResultStoreTests {
    private let broker = InMemoryBroker()

    private func request(replyTo: String?, correlationID: String? = "corr") -> TaskRequest {
        TaskRequest(id: "t1", task: "tasks.add", replyTo: replyTo, correlationID: correlationID)
    }

    private func store(isPersistent: Bool = false) -> RPCResultStore {
        RPCResultStore(
            publisher: broker.makePublisher(observer: { _ in }),
            isPersistent: isPersistent,
            timeout: .seconds(1)
        )
    }

    @Test func sendsTheMetaToTheClientsQueue() async throws {
        let meta = ResultMeta.started(taskID: "t1", pid: 7, hostname: "w@h")
        try await store().store(meta, for: request(replyTo: "client"))
        let message = try #require(broker.drain("client").first)
        #expect(message.exchange == "")
        #expect(message.properties.correlationID == "corr")
        #expect(message.properties.deliveryMode == 1)
        #expect(message.properties.contentType == "application/json")
        #expect(message.properties.contentEncoding == "utf-8")
        #expect(!message.isMandatory)
        #expect(message.body == meta.encoded())
    }

    @Test func persistsWhereTold() async throws {
        let meta = ResultMeta.started(taskID: "t1", pid: 7, hostname: "w@h")
        try await store(isPersistent: true).store(meta, for: request(replyTo: "client", correlationID: nil))
        let message = try #require(broker.drain("client").first)
        #expect(message.properties.deliveryMode == 2)
        #expect(message.properties.correlationID == "t1")
    }

    @Test func wantsNothingWithoutAReader() async throws {
        #expect(!store().wants(request(replyTo: nil)))
        #expect(!store().wants(request(replyTo: "")))
        #expect(store().wants(request(replyTo: "client")))
    }
}
