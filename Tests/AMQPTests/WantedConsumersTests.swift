import BrokerModel
import Testing

@testable import AMQP

/// Which consumers a link should have.
@Suite struct WantedConsumersTests {
    private let plain = ["a", "b", "c"].map {
        QueueTopology(queue: QueueDeclaration(name: $0), exchange: nil, routingKey: $0)
    }
    private let single = QueueTopology(
        queue: QueueDeclaration(name: "s", arguments: [QueueTopology.singleActiveConsumer: .bool(true)]),
        exchange: nil,
        routingKey: "s"
    )

    @Test func aNewPrefetchMakesNewConsumersOfOrdinaryQueues() {
        var wanted = WantedConsumers(queues: [], prefetch: 4)
        let (before, singleBefore) = (wanted.consumer(of: plain[0]), wanted.consumer(of: single))
        wanted.setPrefetch(4)
        #expect(before?.prefetch == 4)
        #expect(wanted.consumer(of: plain[0]) != before)
        #expect(singleBefore?.prefetch == 1)
        #expect(wanted.consumer(of: single) == singleBefore)
    }

    @Test func aPauseLeavesTheSingleActive() {
        var wanted = WantedConsumers(queues: [], prefetch: 4)
        wanted.isPaused = true
        #expect(!wanted.wants(plain[0]))
        #expect(wanted.wants(single))
        wanted.setPrefetch(2)
        #expect(wanted.wants(plain[0]))
    }

    @Test func aStopIsForGood() {
        var wanted = WantedConsumers(queues: [], prefetch: 4)
        wanted.stop(keepsSingleActive: true)
        #expect(!wanted.wants(plain[0]) && wanted.wants(single))
        wanted.setPrefetch(3)
        #expect(!wanted.wants(plain[0]))
        wanted.stop(keepsSingleActive: false)
        #expect(!wanted.wants(single))
        wanted.stop(keepsSingleActive: true)
        #expect(!wanted.wants(single))
    }

    @Test func theQueuesTakeTurns() {
        var wanted = WantedConsumers(queues: plain + [single], prefetch: 1)
        let names = { wanted.order.map(\.queue.name) }
        #expect(names() == ["s", "a", "b", "c"])
        wanted.setPrefetch(1)
        #expect(names() == ["s", "b", "c", "a"])
        #expect(WantedConsumers(queues: [single], prefetch: 1).order == [single])
    }

    @Test func aQueueComesAndGoes() {
        var wanted = WantedConsumers(queues: [plain[0]], prefetch: 1)
        wanted.add(plain[1])
        wanted.add(plain[0])
        #expect(wanted.queueNames == ["a", "b"])
        wanted.remove("a")
        wanted.remove("c")
        #expect(wanted.queueNames == ["b"])
    }

    @Test func onlyAQueueThatWasNeverConsumedIsForgottenWhenRefused() {
        var wanted = WantedConsumers(queues: [plain[0]], prefetch: 1)
        wanted.add(plain[0])
        wanted.add(plain[1])
        wanted.add(plain[2])
        wanted.proved(["b"])
        let isKept = !wanted.refuse("a") && !wanted.refuse("b")
        #expect(isKept)
        let isForgotten = wanted.refuse("c")
        #expect(isForgotten)
        #expect(wanted.queueNames == ["a", "b"])
        wanted.remove("b")
        wanted.add(plain[1])
        let isOnTrialAgain = wanted.refuse("b")
        #expect(isOnTrialAgain)
    }
}
