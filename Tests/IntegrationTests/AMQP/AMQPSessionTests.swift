import AMQP
import BrokerModel
import Testing

/// A tool's session.
@Suite(.timeLimit(.minutes(3)))
struct AMQPSessionTests {
    private func message(_ name: String, _ text: String, exchange: String = "") -> OutgoingMessage {
        OutgoingMessage(
            exchange: exchange,
            routingKey: name,
            properties: MessageProperties(),
            body: Array(text.utf8)
        )
    }

    private func withSession(
        change: (inout ConnectionConfiguration) -> Void = { _ in },
        _ body: (any BrokerSession, _ queue: String) async throws -> Void
    ) async throws {
        try await TestBroker.withQueue { name in
            let session = try await TestBroker.broker(try TestBroker.configuration(change: change)).makeSession()
            do {
                try await session.declare(TestBroker.topology(name).steps)
                try await body(session, name)
            } catch {
                await session.close()
                throw error
            }
            await session.close()
        }
    }

    @Test func saysWhatTheBrokerIs() async throws {
        try await withSession { session, _ in
            #expect(session.serverProperties["product"] == "RabbitMQ")
            #expect(session.serverProperties["version"]?.string?.contains(".") == true)
        }
    }

    @Test func publishesThousandsAndTakesThemOneByOne() async throws {
        try await withSession { session, name in
            let count = 3000
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<count {
                    group.addTask { try await session.publish(message(name, "\(index)"), timeout: .seconds(60)) }
                }
                try await group.waitForAll()
            }
            #expect(try await session.status(of: name)?.messageCount == count)
            var bodies: Set<String> = []
            while let taken = try await session.get(name) {
                bodies.insert(String(decoding: taken.message.body, as: UTF8.self))
                taken.settle(.ack)
            }
            #expect(bodies.count == count)
            try await eventually("settled") { try await session.status(of: name)?.messageCount == 0 }
        }
    }

    @Test func whatIsNotSettledGoesBack() async throws {
        try await withSession { session, name in
            for text in ["a", "b"] { try await session.publish(message(name, text), timeout: .seconds(10)) }
            let first = try await session.take(name)
            let second = try await session.take(name)
            #expect(try await isEmpty(name, session))
            let isFirstSettled = first.settle(.ack)
            #expect(isFirstSettled)
            let isSecondSettled = second.settle(.requeue)
            #expect(isSecondSettled)
            try await eventually("back") { try await session.status(of: name)?.messageCount == 1 }
            let again = try await session.take(name)
            #expect(again.message.body == Array("b".utf8))
            // Dropped, it goes back too.
            _ = consume again
            try await eventually("back") { try await session.status(of: name)?.messageCount == 1 }
        }
    }

    @Test func refusalsLeaveTheSessionUsable() async throws {
        try await withSession { session, name in
            let missing = TestBroker.uniqueName()
            #expect(try await session.status(of: missing) == nil)
            await expectReply(404) { _ = try await session.get(missing) }
            await expectReply(404) { _ = try await session.purge(queue: missing) }
            #expect(try await session.delete(queue: missing, ifUnused: false, ifEmpty: false) == 0)
            var other = TestBroker.topology(name)
            other.queue.isDurable = false
            await expectReply(406) { try await session.declare(other.steps) }
            await expectReply(312) { try await session.publish(message(missing, "x"), timeout: .seconds(10)) }
            await expectReply(404) {
                try await session.publish(message(name, "x", exchange: missing), timeout: .seconds(10))
            }
            try await session.publish(message(name, "x"), timeout: .seconds(10))
            let taken = try await session.take(name)
            let isTakenSettled = taken.settle(.ack)
            #expect(isTakenSettled)
        }
    }

    @Test func aClassicQueueIsDeletedOnlyIfEmpty() async throws {
        try await withSession { session, _ in
            let name = TestBroker.uniqueName()
            try await session.declare([.queue(QueueDeclaration(name: name, arguments: ["x-queue-type": "classic"]))])
            try await session.publish(message(name, "x"), timeout: .seconds(10))
            await expectReply(406) { _ = try await session.delete(queue: name, ifUnused: false, ifEmpty: true) }
            #expect(try await session.purge(queue: name) == 1)
            #expect(try await session.delete(queue: name, ifUnused: true, ifEmpty: true) == 0)
        }
    }

    @Test func anExchangeIsDeletedOnlyIfUnused() async throws {
        try await withSession { session, name in
            let exchange = TestBroker.uniqueName()
            let binding = QueueBinding(queue: name, exchange: exchange, routingKey: "key")
            try await session.declare([.exchange(ExchangeDeclaration(name: exchange)), .bindQueue(binding)])
            await expectReply(406) { try await session.delete(exchange: exchange, ifUnused: true) }
            try await session.delete(exchange: exchange, ifUnused: false)
            #expect(try await !session.hasExchange(exchange))
            try await session.delete(exchange: exchange, ifUnused: true)
        }
    }

    @Test func whatCannotBeReadIsHeldAndTheNextOneComes() async throws {
        try await TestBroker.withQueue { name in
            let broker = TestBroker.broker(try TestBroker.configuration(change: { $0.maxMessageBytes = 1000 }))
            try await broker.withSession { session in
                try await session.declare(TestBroker.topology(name).steps)
                for text in ["a", String(repeating: "x", count: 2000), "b"] {
                    try await session.publish(message(name, text), timeout: .seconds(10))
                }
                let first = try await session.take(name)
                #expect(first.message.body == Array("a".utf8))
                first.settle(.ack)
                await #expect(throws: UnreadableMessage.self) { _ = try await session.get(name) }
                let next = try await session.take(name)
                #expect(next.message.body == Array("b".utf8))
                next.settle(.ack)
                #expect(try await isEmpty(name, session))
            }
            try await broker.withSession { session in
                try await eventually("back") { try await session.status(of: name)?.messageCount == 1 }
            }
        }
    }

    /// What was held is back in its queue: taken again on a new channel, a walk would begin anew.
    @Test func aChannelThatHasEndedIsNotReplacedWhenSomethingWasTaken() async throws {
        try await withSession { session, name in
            for text in ["a", "b"] { try await session.publish(message(name, text), timeout: .seconds(10)) }
            let first = try await session.take(name)
            await expectReply(404) { _ = try await session.get(TestBroker.uniqueName()) }
            let isFirstSettled = first.settle(.ack)
            #expect(!isFirstSettled)
            await #expect(throws: AMQPError.self) { _ = try await session.get(name) }
            try await eventually("back") { try await session.status(of: name)?.messageCount == 2 }
        }
    }

    @Test func withoutBrokerItThrows() async throws {
        let (listener, port) = try TCPProxy.listen()
        listener.shutDownAndClose()
        var endpoint = try TestBroker.endpoint()
        endpoint.host = "127.0.0.1"
        endpoint.port = port
        let broker = TestBroker.broker(try TestBroker.configuration(endpoint))
        let error = await #expect(throws: AMQPError.self) { _ = try await broker.makeSession() }
        #expect(error?.code == .connectFailed)
    }

    private func isEmpty(_ queue: String, _ session: any BrokerSession) async throws -> Bool {
        let taken = try await session.get(queue)
        return taken == nil
    }

    private func expectReply(_ code: UInt16, _ body: () async throws -> Void) async {
        let error = await #expect(throws: AMQPError.self) { try await body() }
        #expect(error?.reply?.code == code, "\(String(describing: error))")
    }
}
