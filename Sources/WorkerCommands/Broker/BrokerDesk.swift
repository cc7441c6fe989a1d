import AMQP
import BrokerModel
import CeleryProtocol
import Platform
import SwiftWorker

/// What a command about the broker works with.
struct BrokerDesk: Sendable {
    let session: any BrokerSession
    let needs: BrokerNeeds
    let endpoint: Endpoint
    let settings: Settings
    let console: Console
    /// How `rabbitmqctl` is run.
    let control: RabbitMQControl

    /// The `rabbitmqctl` that administrates the broker of this session.
    ///
    /// - Throws: `RabbitMQControl.Failure` when it can't be run, or speaks with another broker.
    func administrator() async throws(RabbitMQControl.Failure) -> (RabbitMQControl, consumerTimeout: Duration?) {
        let timeout = try await control.check(
            cluster: session.serverProperties["cluster_name"]?.string,
            endpoint: endpoint
        )
        return (control, timeout)
    }
}

/// Runs a command about the broker: settings, connection, the command itself.
struct BrokerTool {
    let context: ToolContext

    /// The broker could not be looked at.
    static let unseen: Int32 = 2

    /// - Returns: the exit code of the process.
    func run(_ command: any BrokerSubcommand) async -> Int32 {
        let desk: BrokerDesk
        do {
            desk = try await open(command)
        } catch {
            return fail(error, (error as? SettingsError)?.exitCode ?? Self.unseen)
        }
        let code: Int32
        do {
            code = try await command.run(at: desk)
        } catch {
            code = fail(error, type(of: command).brokenOff)
        }
        await desk.session.close()
        return code
    }

    private func fail(_ error: any Error, _ code: Int32) -> Int32 {
        context.console.complain("\(context.programName): error: \(error)")
        return (error as? StartError)?.exitCode ?? code
    }

    private func open(_ command: any BrokerSubcommand) async throws -> BrokerDesk {
        let effective = try context.settings(command.global)
        let control = try RabbitMQControl(option: command.broker.rabbitmqctl)
        let node = try NodeNaming(option: nil, hostName: ThisProcess.hostName).nodeName
        let queues = try QueuePlan(
            settings: effective.settings,
            selecting: commaSeparated(command.broker.queues ?? ""),
            nodeName: node
        ).consumed
        let broker = try context.broker(effective, for: "broker")
        return BrokerDesk(
            session: try await broker.makeSession(),
            needs: BrokerNeeds(
                queues: queues,
                settings: effective.settings,
                tasks: context.tasks(),
                nodeName: node,
                mailbox: try ControlMailbox(effective.settings)
            ),
            endpoint: try BrokerSetup.endpoint(effective),
            settings: effective.settings,
            console: context.console,
            control: control
        )
    }
}
