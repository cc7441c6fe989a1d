import AMQP
import ArgumentParser
import BrokerModel
import SwiftWorker

/// `swiftworker broker apply`.
struct ApplyTopology: BrokerSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Declares all that the worker needs: queues, dead-letter queues, the delay.",
        discussion: """
            What is there already stays as it is, so it can be run again and again. The worker declares the same when it \
            starts; this is for brokers where its user may not, and for looking first.

            Exit codes: 0 done, 1 the broker refused something, 2 it could not be reached.
            """
    )

    static let brokenOff = ProcessExit.failure

    @OptionGroup(title: "Broker Options") var broker: BrokerOptions

    @Flag(help: "Also sets the policies for dead letters and delivery limits, through rabbitmqctl.")
    var policies = false

    @Flag(help: "Only says what would be done; changes nothing.")
    var dryRun = false

    @OptionGroup(title: "Global Options") var global: GlobalOptions

    func run(at desk: BrokerDesk) async throws -> Int32 {
        let declared = try await declare(at: desk)
        guard policies, declared == ProcessExit.success else { return declared }
        try await setPolicies(at: desk)
        return ProcessExit.success
    }

    private func declare(at desk: BrokerDesk) async throws -> Int32 {
        let facts = try await TopologyProbe.probe(desk.needs.steps, desk.session)
        let refused = facts.compactMap { fact -> String? in
            guard case .refused(_, let text) = fact.answer else { return nil }
            return "\(fact.step.text): \(text)"
        }
        guard refused.isEmpty else {
            for line in refused { desk.console.complain("refused: \(line)") }
            return ProcessExit.failure
        }
        let known = Set(facts.filter { $0.answer == .same }.map(\.step))
        for step in desk.needs.steps {
            let word = known.contains(step) ? "there" : step.isBinding ? "bind" : "declare"
            desk.console.print("\(word): \(step.text)")
        }
        if !dryRun { try await desk.session.declare(desk.needs.steps) }
        return ProcessExit.success
    }

    private func setPolicies(at desk: BrokerDesk) async throws {
        guard desk.settings.deadLetters else {
            desk.console.print("policy: none, since swiftworker_dead_letters is off")
            return
        }
        let (control, _) = try await desk.administrator()
        let host = desk.endpoint.virtualHost
        let queues = try await control.queues(host)
        var wanted = desk.needs.queues.map { queue in
            let name = queue.queue.name
            let declared = queue.queue.arguments["x-queue-type"]?.string ?? "classic"
            return WantedPolicies.queue(name, type: queues.first { $0.name == name }?.type ?? declared)
        }
        wanted.append(WantedPolicies.deadLetterQueues)
        for policy in wanted {
            let arguments = policy.setting(virtualHost: host)
            desk.console.print("policy: \(policy.name): \(policy.pattern) \(policy.definitionJSON)")
            if !dryRun { _ = try await control.run(arguments) }
        }
    }
}

extension TopologyStep {
    var isBinding: Bool {
        switch self {
        case .bindQueue, .bindExchange: true
        case .exchange, .queue: false
        }
    }

    /// The declaration in words.
    var text: String {
        switch self {
        case .exchange(let exchange): "exchange \(exchange.name) (\(exchange.type.rawValue))"
        case .queue(let queue):
            "queue \(queue.name)" + (queue.arguments["x-queue-type"]?.string.map { " (\($0))" } ?? "")
        case .bindQueue(let binding): "queue \(binding.queue) to exchange \(binding.exchange) by \(binding.routingKey)"
        case .bindExchange(let binding):
            "exchange \(binding.destination) to exchange \(binding.source) by \(binding.routingKey)"
        }
    }
}
