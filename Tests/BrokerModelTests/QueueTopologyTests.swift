import BrokerModel
import Testing

@Suite struct QueueTopologyTests {
    private let queue = QueueDeclaration(name: "q")
    private let dead = TopologyStep.queue(QueueDeclaration(name: "q.dead"))

    @Test func declaresExchangeQueueBindingAndThenWhatBelongsToIt() {
        let topology = QueueTopology(
            queue: queue,
            exchange: ExchangeDeclaration(name: "e", type: .topic),
            routingKey: "k.#",
            bindingArguments: ["a": "b"],
            companions: [dead]
        )
        #expect(
            topology.steps == [
                .exchange(ExchangeDeclaration(name: "e", type: .topic)),
                .queue(queue),
                .bindQueue(QueueBinding(queue: "q", exchange: "e", routingKey: "k.#", arguments: ["a": "b"])),
                dead,
            ]
        )
    }

    @Test(arguments: [nil, ExchangeDeclaration(name: "")])
    func theDefaultExchangeIsNotDeclared(_ exchange: ExchangeDeclaration?) {
        let topology = QueueTopology(queue: queue, exchange: exchange, routingKey: "q", companions: [dead])
        #expect(topology.steps == [.queue(queue), dead])
    }
}
