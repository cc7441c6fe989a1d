import AMQP
import BrokerModel

/// Looks what would become of declarations, without making any.
enum TopologyProbe {
    /// A step for something that is there is declared: that changes nothing, and is refused if it is there otherwise.
    /// What is not there is not made. Bindings can't be asked for.
    static func probe(
        _ steps: [TopologyStep],
        _ session: any BrokerSession
    ) async throws -> [BrokerFacts.DeclarationFact] {
        var facts: [BrokerFacts.DeclarationFact] = []
        for step in steps {
            let isThere: Bool
            do {
                switch step {
                case .exchange(let exchange): isThere = try await session.hasExchange(exchange.name)
                case .queue(let queue): isThere = try await session.status(of: queue.name) != nil
                case .bindQueue, .bindExchange: continue
                }
            } catch let error as AMQPError where error.code == .channelClosedByBroker {
                facts.append(BrokerFacts.DeclarationFact(step: step, answer: Self.refusal(error)))
                continue
            }
            let answer = isThere ? try await declare(step, session) : .absent
            facts.append(BrokerFacts.DeclarationFact(step: step, answer: answer))
        }
        return facts
    }

    private static func declare(
        _ step: TopologyStep,
        _ session: any BrokerSession
    ) async throws -> BrokerFacts.DeclarationFact.Answer {
        do {
            try await session.declare([step])
            return .same
        } catch let error as AMQPError where error.code == .channelClosedByBroker {
            return refusal(error)
        }
    }

    private static func refusal(_ error: AMQPError) -> BrokerFacts.DeclarationFact.Answer {
        .refused(code: error.reply?.code ?? 0, text: error.reply?.text ?? error.description)
    }
}
