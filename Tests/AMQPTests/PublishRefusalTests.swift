import BrokerModel
import Testing

@testable import AMQP

/// Which publish the broker means when it closes a channel.
@Suite struct PublishRefusalTests {
    private func refusal(_ code: UInt16, _ text: String) -> PublishRefusal {
        PublishRefusal(AMQPError.Reply(code: code, text: text))
    }

    private func message(_ exchange: String = "", bytes: Int = 3) -> OutgoingMessage {
        OutgoingMessage(
            exchange: exchange,
            routingKey: "key",
            properties: MessageProperties(),
            body: [UInt8](repeating: 0, count: bytes)
        )
    }

    @Test(arguments: [
        "PRECONDITION_FAILED - message size 2000 is larger than configured max size 1000",
        "PRECONDITION_FAILED - message size 2000 is larger than max size 1000",
    ])
    func whatIsTooLargeIsToldByItsSize(text: String) {
        let refusal = refusal(406, text)
        #expect(refusal.concerns(message(bytes: 2000)))
        #expect(refusal.concerns(message("celeryev", bytes: 1001)))
        #expect(!refusal.concerns(message(bytes: 1000)))
        #expect(!refusal.concerns(message("celeryev", bytes: 0)))
    }

    @Test(arguments: [
        (404, "NOT_FOUND - no exchange 'celeryev' in vhost '/'"),
        (403, "ACCESS_REFUSED - write access to topic 'task.multi' in exchange 'celeryev' in vhost '/' refused"),
    ])
    func anExchangeIsToldByItsName(code: UInt16, text: String) {
        let refusal = refusal(code, text)
        #expect(refusal.concerns(message("celeryev", bytes: 0)))
        #expect(!refusal.concerns(message("celery")))
        #expect(!refusal.concerns(message()))
    }

    @Test(arguments: ["PRECONDITION_FAILED - invalid expiration 'never': {leftover_string,\"never\"}", ""])
    func otherWordsNameNobody(text: String) {
        #expect(!refusal(406, text).concerns(message()))
        #expect(!refusal(406, text).concerns(message("celeryev", bytes: 1 << 20)))
    }

    @Test(arguments: [
        (AMQPError(.invalidArgument, ""), true),
        (AMQPError(.refusedByBroker, ""), true),
        (AMQPError(.channelClosedByBroker, "", reply: AMQPError.Reply(code: 406, text: "")), true),
        (AMQPError(.channelClosedByBroker, "", reply: AMQPError.Reply(code: 403, text: "")), true),
        (AMQPError(.channelClosedByBroker, "", reply: AMQPError.Reply(code: 404, text: "")), false),
        (AMQPError(.connectionClosedByBroker, "", reply: AMQPError.Reply(code: 320, text: "")), false),
        (AMQPError(.connectionLost, ""), false),
        (AMQPError(.timeout, ""), false),
    ])
    func whatIsRefusedForGoodIsNotTriedAgain(error: AMQPError, isFinal: Bool) {
        #expect(error.isFinal == isFinal)
    }
}
