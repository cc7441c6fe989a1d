import AMQP
import ArgumentParser
import BrokerModel
import SwiftWorker

/// `swiftworker broker migrate`.
struct MigrateQueue: BrokerSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Moves a classic queue, with its messages, to a quorum queue of the same name.",
        discussion: """
            The queue's workers have to be stopped, or their consumers cancelled. The messages wait in \
            '<queue>.swiftworker-migration' while the queue is made anew. Killed at any moment, it is started again and goes on; \
            nothing is lost, and what was under way when it was killed may be there twice.

            Producers may go on, but for one moment: see docs/broker.md.

            Exit codes: 0 done, 1 it stopped and can go on, 2 the broker could not be reached.
            """
    )

    enum QueueType: String, ExpressibleByArgument, CaseIterable {
        case quorum
    }

    @Argument(help: ArgumentHelp("The queue to move.", valueName: "queue"))
    var queue: String

    @Option(help: ArgumentHelp("The type that it gets.", valueName: "type"))
    var to: QueueType

    @Option(help: ArgumentHelp("How long to wait for messages that workers hold.", valueName: "seconds"))
    var wait = 60

    @Flag(
        help: """
            Goes on where 'rabbitmqctl' can't be asked, or declarations would be refused. Without rabbitmqctl, messages that \
            workers hold are lost, and so are bindings that the settings don't name.
            """
    )
    var force = false

    @Flag(help: "Only says what would be done next; changes nothing.")
    var dryRun = false

    static let brokenOff = ProcessExit.failure

    @OptionGroup(title: "Broker Options") var broker: BrokerOptions
    @OptionGroup(title: "Global Options") var global: GlobalOptions

    func run(at desk: BrokerDesk) async throws -> Int32 {
        guard let topology = desk.needs.queues.first(where: { $0.queue.name == queue }) else {
            throw StartError("no queue '\(queue)' among those of -Q and task_queues; name it with -Q \(queue)")
        }
        let plan = try MigrationPlan(topology)
        let control = try await checkedControl(desk, topology)
        let migration = QueueMigration(plan: plan, desk: desk, control: control, patience: .seconds(max(0, wait)))
        if dryRun {
            desk.console.print("\(queue): \(Self.text(try await migration.stage()))")
            return ProcessExit.success
        }
        if !plan.dropped.isEmpty {
            desk.console.print("\(queue): a quorum queue has no \(plan.dropped.joined(separator: ", ")); left out")
        }
        let count = try await migration.run()
        desk.console.print("\(queue): it is a quorum queue; \(count) messages were moved")
        return ProcessExit.success
    }

    /// - Returns: `nil` where `rabbitmqctl` can't be asked and the operator goes on.
    private func checkedControl(_ desk: BrokerDesk, _ topology: QueueTopology) async throws -> RabbitMQControl? {
        do {
            let (control, _) = try await desk.administrator()
            guard topology.queue.arguments["x-queue-type"] == nil, !force else { return control }
            let acceptsPlain = try await control.acceptsPlainDeclarations(ofQuorumQueuesIn: desk.endpoint.virtualHost)
            guard !acceptsPlain else { return control }
            throw QueueMigration.Halt(
                """
                everybody who declares '\(queue)' without a type, as these settings do, would be refused afterwards. First give it \
                the argument x-queue-type: quorum here and in Python's settings (task_default_queue_type); or, from RabbitMQ 4.0, \
                set 'quorum_queue.property_equivalence.relaxed_checks_on_redeclaration = true' in rabbitmq.conf; or use --force
                """
            )
        } catch let error as RabbitMQControl.Failure {
            guard !force else { return nil }
            throw QueueMigration.Halt(
                """
                without rabbitmqctl it can't be seen whether a worker still holds messages of '\(queue)', nor how it is bound \
                beyond the settings, which would be lost with the queue: \(error). Use --rabbitmqctl, or stop all workers of the \
                queue and use --force
                """
            )
        }
    }

    private static func text(_ stage: MigrationPlan.Stage) -> String {
        switch stage {
        case .missing: "there is no such queue"
        case .done: "it is a quorum queue, and there is nothing to do"
        case .moveOut: "it is a classic queue: its messages would be moved out, and it would be made anew"
        case .remake: "a migration was broken off: it would be made anew"
        case .moveBack: "a migration was broken off: its messages would be moved back"
        }
    }
}
