import AMQP
import BrokerModel
import JSON
import SwiftWorker

/// Carries a migration out, stage by stage.
struct QueueMigration: Sendable {
    let plan: MigrationPlan
    let desk: BrokerDesk
    /// Sees unsettled messages and bindings; `nil` where it can't be asked.
    let control: RabbitMQControl?
    /// How long to wait for workers that still hold messages.
    let patience: Duration

    private var session: any BrokerSession { desk.session }

    /// Why it does not go on. What was moved so far stays moved.
    struct Halt: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) { self.description = description }
    }

    /// - Returns: how many messages have come back into the quorum queue.
    func run() async throws -> Int {
        try await lock()
        // What would halt it later, with the queue gone, halts it before anything is moved.
        if try await stage() == .moveOut { try await probe() }
        var back = 0
        while true {
            let stage = try await stage()
            switch stage {
            case .missing: throw Halt("there is no queue '\(plan.name)'")
            case .done: return back
            case .moveOut: try await moveOut()
            case .remake: try await remake()
            case .moveBack: back += try await moveBack()
            }
        }
    }

    func stage() async throws -> MigrationPlan.Stage {
        let temporary = try await session.status(of: plan.temporary.name)
        return MigrationPlan.stage(type: try await type(), hasTemporary: temporary != nil)
    }

    /// The queue's type, as far as it is declared as the settings say; `nil` when there is no such queue.
    private func type() async throws -> String? {
        guard try await session.status(of: plan.name) != nil else { return nil }
        if try await isDeclared(plan.target.queue) { return "quorum" }
        for source in plan.sources {
            if try await isDeclared(source) { return "classic" }
        }
        throw Halt(
            """
            the queue '\(plan.name)' has other properties than the settings say, so it can't be made anew with the same: see \
            'broker check', and 'rabbitmqctl list_queues name durable auto_delete arguments'
            """
        )
    }

    /// Whether a queue that is there is the same as this. It is made if it has just gone.
    private func isDeclared(_ queue: QueueDeclaration) async throws -> Bool {
        do {
            try await session.declare([.queue(queue)])
            return true
        } catch let error as AMQPError where error.reply?.code == 406 {
            return false
        }
    }

    private func lock() async throws {
        do {
            try await session.declare([.queue(plan.lock)])
        } catch let error as AMQPError where error.reply?.code == 405 {
            throw Halt(
                "another migration of the queue '\(plan.name)' is under way, or its connection is not yet given up"
            )
        }
    }

    // MARK: Stages

    /// Empties the classic queue, deletes it, and makes it anew. The queue is missing for the moment between the two.
    private func moveOut() async throws {
        try await refuseConsumers()
        // One that can't be made anew halts it, while nothing is moved yet.
        let bindings = try await bindings(of: plan.name)
        try await session.declare([.queue(plan.temporary)])
        let count = try await move(from: plan.name, to: plan.temporary.name)
        try await waitForUnsettled()
        // What comes through exchanges is caught meanwhile.
        try await session.declare(bindings.map { .bindQueue($0.to(plan.temporary.name)) })
        do {
            try await session.delete(queue: plan.name, ifUnused: true, ifEmpty: true)
        } catch let error as AMQPError where error.reply?.code == 406 {
            // Something came in, or somebody consumes.
            for binding in bindings { try await session.unbind(binding.to(plan.temporary.name)) }
            try await refuseConsumers()
            return
        }
        guard try await remake() else { return }
        desk.console.print(
            "\(plan.name): \(count) messages wait in \(plan.temporary.name); made anew as a quorum queue"
        )
    }

    /// Makes a queue with the target's arguments and deletes it. One may be left of a migration that was killed.
    private func probe() async throws {
        try await session.delete(queue: plan.probe.name, ifUnused: false, ifEmpty: false)
        do {
            try await session.declare([.queue(plan.probe)])
        } catch let error as AMQPError where error.reply?.code == 406 {
            throw refusal(error)
        }
        try await session.delete(queue: plan.probe.name, ifUnused: false, ifEmpty: false)
    }

    /// Makes the quorum queue with its bindings, and takes those of the temporary queue away.
    ///
    /// - Returns: `false` when a producer was faster and made it a classic one: then everything begins again.
    @discardableResult
    private func remake() async throws -> Bool {
        do {
            try await session.declare([.queue(plan.target.queue)])
        } catch let error as AMQPError where error.reply?.code == 406 {
            if try await session.status(of: plan.name) != nil { return false }
            throw refusal(error)
        }
        let bindings = try await bindings(of: plan.temporary.name)
        try await session.declare(try await ownSteps() + bindings.map { .bindQueue($0.to(plan.name)) })
        for binding in bindings { try await session.unbind(binding.to(plan.temporary.name)) }
        return true
    }

    private func refusal(_ error: AMQPError) -> Halt {
        Halt(
            """
            the broker refuses '\(plan.name)' as a quorum queue: \(error.reply?.text ?? error.description). What was moved waits \
            in '\(plan.temporary.name)'; mend the settings and start again
            """
        )
    }

    /// What the settings say of the queue. It is bound to exchanges for delays and dead letters that are there; others come
    /// with the worker.
    private func ownSteps() async throws -> [TopologyStep] {
        var steps: [TopologyStep] = []
        for step in plan.target.steps {
            if case .bindQueue(let binding) = step, binding.exchange != plan.target.exchange?.name,
                try await !session.hasExchange(binding.exchange)
            {
                continue
            }
            steps.append(step)
        }
        return steps
    }

    private func moveBack() async throws -> Int {
        // Killed just before, it may not have its bindings yet.
        try await remake()
        let count = try await move(from: plan.temporary.name, to: plan.name)
        do {
            try await session.delete(queue: plan.temporary.name, ifUnused: true, ifEmpty: true)
        } catch let error as AMQPError where error.reply?.code == 406 {
            // Something came in: once more.
        }
        return count
    }

    private func move(from source: String, to destination: String) async throws -> Int {
        let total = try await session.status(of: source)?.messageCount ?? 0
        let progress = MigrationProgress(console: desk.console, what: "\(source) to \(destination)", total: total)
        let mover = MessageMover(
            session: session,
            user: desk.endpoint.user,
            timeout: desk.settings.publishTimeout,
            progress: progress.moved
        )
        let count = try await mover.move(from: source, to: destination)
        progress.finish(count)
        return count
    }

    // MARK: Others

    private func refuseConsumers() async throws {
        let consumers = try await session.status(of: plan.name)?.consumerCount ?? 0
        guard consumers == 0 else {
            throw Halt(
                """
                the queue '\(plan.name)' has \(consumers) consumer\(consumers == 1 ? "" : "s"): stop the workers of this queue, \
                or cancel their consumers, and start again
                """
            )
        }
    }

    /// A worker that is about to stop holds messages without consuming, and a queue that looks empty would be deleted with
    /// them.
    private func waitForUnsettled() async throws {
        guard let control else { return }
        let deadline = ContinuousClock.now + patience
        while true {
            let queue = try await control.queues(desk.endpoint.virtualHost).first { $0.name == plan.name }
            let held = queue?.unacknowledged ?? 0
            if held == 0 { return }
            guard ContinuousClock.now < deadline else {
                throw Halt(
                    "\(held) messages of '\(plan.name)' are still held by workers; start again when they have stopped"
                )
            }
            desk.console.print("\(plan.name): waiting for \(held) messages that workers hold")
            try await Task.sleep(for: .seconds(1))
        }
    }

    /// The bindings of a queue, but that of the default exchange: all of them, or where nobody can be asked those of the
    /// settings to exchanges that are there.
    private func bindings(of queue: String) async throws -> [QueueBinding] {
        guard let control else {
            var bindings: [QueueBinding] = []
            for case .bindQueue(let binding) in plan.target.steps where binding.queue == plan.name {
                if try await session.hasExchange(binding.exchange) { bindings.append(binding.to(queue)) }
            }
            return bindings
        }
        let columns = ["source_name", "destination_name", "destination_kind", "routing_key", "arguments"]
        let answer = try await control.ask(["list_bindings", "--vhost", desk.endpoint.virtualHost] + columns)
        return try RabbitMQAnswers.bindings(answer, of: queue)
    }
}

extension QueueBinding {
    /// The same for another queue.
    fileprivate func to(_ queue: String) -> QueueBinding {
        var binding = self
        binding.queue = queue
        return binding
    }
}
