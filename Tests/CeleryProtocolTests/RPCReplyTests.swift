import BrokerModel
import CeleryProtocol
import JSON
import Testing

@Suite("rpc replies")
struct RPCReplyTests {
    private let meta = ResultMeta.success(taskID: "task-id", result: JSONFragment(3), at: Instant(microseconds: 0))

    @Test("go to the caller's queue with Celery's properties")
    func message() throws {
        let message = try #require(RPCReply.message(meta, replyTo: "oid", correlationID: nil))
        #expect(message.exchange == "")
        #expect(message.routingKey == "oid")
        #expect(!message.isMandatory)
        #expect(message.body == meta.encoded())
        let properties = MessageProperties(
            contentType: "application/json",
            contentEncoding: "utf-8",
            headers: [:],
            deliveryMode: 1,
            priority: 0,
            correlationID: "task-id"
        )
        #expect(message.properties == properties)
    }

    @Test("keep the correlation id of the message, and may be persistent")
    func options() throws {
        let message = try #require(
            RPCReply.message(meta, replyTo: "oid", correlationID: "other", isPersistent: true)
        )
        #expect(message.properties.correlationID == "other")
        #expect(message.properties.deliveryMode == 2)
    }

    @Test("are not sent where nobody asked")
    func nobody() {
        #expect(RPCReply.message(meta, replyTo: nil, correlationID: "x") == nil)
        #expect(RPCReply.message(meta, replyTo: "", correlationID: "x") == nil)
    }
}
