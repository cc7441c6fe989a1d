import BrokerModel
import CeleryProtocol
import SwiftWorkerTesting
import Testing
import Threads

@testable import SwiftWorker

/// The in-memory broker does what the worker relies on in RabbitMQ.
@Suite(.timeLimit(.minutes(1))) struct InMemoryBrokerTests {
    private let clock = ManualClock()

    private func message(_ key: String, exchange: String = "", _ body: String = "x") -> OutgoingMessage {
        OutgoingMessage(
            exchange: exchange,
            routingKey: key,
            properties: MessageProperties(),
            body: Array(body.utf8)
        )
    }

    private func topology(_ name: String) -> QueueTopology {
        QueueTopology(queue: QueueDeclaration(name: name), exchange: nil, routingKey: name)
    }

    // MARK: Delays

    @Test func aDelayedMessageComesWhenItsTimeIsOver() throws {
        let broker = InMemoryBroker(clock: clock)
        let key = try #require(DelayRoutingKey.queueKey("video.cpu"))
        for (seconds, body) in [(5, "later"), (2, "sooner")] {
            broker.publish(
                message(DelayRoutingKey.key(seconds: seconds, to: key), exchange: DelayTopology.entryExchange, body)
            )
        }
        #expect(broker.delayed.map(\.delay) == [.seconds(5), .seconds(2)])
        #expect(broker.delayed.allSatisfy { $0.queue == "video.cpu" })
        clock.advance(by: .milliseconds(1999))
        #expect(broker.readyCount("video.cpu") == 0)
        clock.advance(by: .milliseconds(1))
        #expect(broker.drain("video.cpu").map(\.body) == [Array("sooner".utf8)])
        clock.advance(by: .seconds(3))
        let last = try #require(broker.drain("video.cpu").first)
        #expect(DelayTopology.isDelayed(last.exchange))
        #expect(last.routingKey == DelayRoutingKey.key(seconds: 5, to: key))
        #expect(BrokerDeath(last.properties.headers ?? [:]) == nil)
        #expect(broker.delayed.isEmpty)
    }

    @Test func aDelayOfPythonGoesByItsRoutingKey() {
        let broker = InMemoryBroker()
        broker.publish(message(DelayRoutingKey.key(seconds: 600, to: "q1"), exchange: DelayTopology.entryExchange))
        broker.publish(message(DelayRoutingKey.key(seconds: 0, to: "q1"), exchange: DelayTopology.entryExchange))
        #expect(broker.readyCount("q1") == 1)
        broker.releaseDelayed()
        #expect(broker.readyCount("q1") == 2)
    }

    // MARK: Dead letters

    @Test func deadLettersGoToTheQueueOfTheirOrigin() {
        let broker = InMemoryBroker()
        broker.publish(message("q", exchange: DeadLetterTopology.exchange))
        #expect(broker.readyCount("q.dead") == 1)
    }

    @Test(arguments: [true, false]) func rejectedMessagesDieAsThePolicySays(hasPolicy: Bool) async throws {
        let broker = InMemoryBroker(deadLettersRejected: hasPolicy)
        broker.publish(message("q"))
        let session = try await broker.makeSession()
        let taken = try await session.take("q")
        let isTakenSettled = taken.settle(.reject)
        #expect(isTakenSettled)
        let dead = broker.drain("q.dead")
        #expect(dead.count == (hasPolicy ? 1 : 0))
        if let headers = dead.first?.properties.headers {
            #expect(BrokerDeath(headers)?.queue == "q")
        }
    }

    // MARK: Queues that come and go

    @Test func aQueueIsAddedAndRemovedWhileConsuming() async throws {
        let broker = InMemoryBroker()
        let seen = Seen()
        let consumer = broker.makeConsumer(queues: [topology("a")], prefetch: 10, handler: seen) { _ in }
        let running = Task { try await consumer.run() }
        try await eventually("consuming") { broker.consumerCount(of: "a") == 1 }
        broker.publish(message("b"))
        try await consumer.add(topology("b"))
        try await eventually("delivered") { seen.queues == ["b"] }
        #expect(broker.declarations == [.queue(QueueDeclaration(name: "a")), .queue(QueueDeclaration(name: "b"))])
        broker.breakConnections()
        #expect(broker.consumerCount(of: "b") == 1)
        await consumer.remove(queue: "b")
        #expect(broker.consumerCount(of: "b") == 0)
        broker.breakConnections()
        #expect(broker.consumerCount(of: "a") == 1 && broker.consumerCount(of: "b") == 0)
        await consumer.close()
        try await running.value
    }

    // MARK: Sessions

    @Test func aSessionTakesSettlesAndAsks() async throws {
        let broker = InMemoryBroker()
        let session = try await broker.makeSession()
        #expect(try await session.status(of: "q") == nil)
        try await session.declare(topology("q").steps)
        #expect(try await session.status(of: "q")?.messageCount == 0)
        for number in 1...3 { try await session.publish(message("q", "\(number)"), timeout: .seconds(1)) }
        let first = try await session.take("q")
        let second = try await session.take("q")
        #expect(first.message.body == Array("1".utf8))
        let isFirstSettled = first.settle(.ack)
        #expect(isFirstSettled)
        let isSecondSettled = second.settle(.requeue)
        #expect(isSecondSettled)
        let again = try await session.take("q")
        #expect(again.message.isRedelivered == true)
        await session.close()
        let isAgainSettled = again.settle(.ack)
        #expect(!isAgainSettled)
        #expect(broker.drain("q").map(\.body) == [Array("2".utf8), Array("3".utf8)])
        broker.publish(message("q"))
        await #expect(throws: InMemoryBrokerError.self) {
            try await session.delete(queue: "q", ifUnused: false, ifEmpty: true)
        }
        #expect(try await session.purge(queue: "q") == 1)
        #expect(try await session.delete(queue: "q", ifUnused: true, ifEmpty: true) == 0)
        #expect(try await session.status(of: "q") == nil)
    }

    /// Acknowledges everything and notes where it came from.
    private final class Seen: DeliveryHandler {
        private let state = Lock<[String]>([])
        var queues: [String] { state.withLock { $0 } }

        func receive(_ message: IncomingMessage, _ receipt: consuming Receipt) {
            receipt.settle(.ack)
            state.withLock { $0.append(message.queue) }
        }

        func receivedBatch() {}
    }
}

extension BrokerSession {
    /// A message that must be there.
    fileprivate func take(_ queue: String) async throws -> ReceivedMessage {
        guard let taken = try await get(queue) else { throw NoMessage() }
        return taken
    }
}

private struct NoMessage: Error {}
