import BrokerModel
import Testing

@testable import AMQP

@Suite struct DeclarationErrorTests {
    private static let queue = QueueDeclaration(
        name: "maintenance",
        arguments: ["x-single-active-consumer": .bool(true), "x-max-priority": .int32(9), "x-queue-type": "quorum"]
    )

    private func refused(_ code: UInt16, _ text: String) -> AMQPError {
        AMQPError(.channelClosedByBroker, "channel closed", reply: AMQPError.Reply(code: code, text: text))
    }

    @Test func anotherPropertySaysWhatToDo() {
        let words = """
            PRECONDITION_FAILED - inequivalent arg 'x-single-active-consumer' for queue 'maintenance' in vhost '/': \
            received the value 'true' of type 'bool' but current is none
            """
        let error = refused(406, words).explained(declaring: Self.queue)
        #expect(error.reply?.text == words)
        #expect(error.code == .channelClosedByBroker)
        #expect(!error.isRecoverable)
        for part in [
            "queue 'maintenance' exists with other properties",
            "(durable, x-single-active-consumer: true, x-max-priority: 9, x-queue-type: quorum)",
            "rabbitmqctl delete_queue maintenance", "inequivalent arg 'x-single-active-consumer'",
        ] {
            #expect(error.description.contains(part), "\(error)")
        }
        #expect(!error.description.contains("\n"))
    }

    @Test func aPlainQueueSaysSo() {
        let queue = QueueDeclaration(name: "q", isDurable: false, isExclusive: true, isAutoDelete: true)
        let error = refused(406, "PRECONDITION_FAILED - inequivalent arg 'durable' …").explained(declaring: queue)
        #expect(error.message.contains("(not durable, exclusive, auto-delete, no arguments)"))
    }

    @Test(arguments: [
        (406, "PRECONDITION_FAILED - invalid arg 'x-max-priority' for queue 'maintenance' in vhost '/': …"),
        (405, "RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'maintenance' in vhost '/'"),
        (403, "ACCESS_REFUSED - access to queue 'maintenance' in vhost '/' refused for user 'guest'"),
    ])
    func otherRefusalsStayAsTheyAre(code: UInt16, text: String) {
        let error = refused(code, text)
        #expect(error.explained(declaring: Self.queue).description == error.description)
    }

    @Test func aLostConnectionStaysOne() {
        let error = AMQPError(.connectionLost, "end of stream")
        #expect(error.explained(declaring: Self.queue).description == error.description)
    }
}
