import ArgumentParser
import BrokerModel
import SwiftWorker

/// `swiftworker amqp`.
struct AMQPCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "amqp",
        abstract: "Does one thing with queues, exchanges and messages of the broker.",
        discussion: """
            Each call is one connection and one operation; there is no shell, and so no 'basic.ack': 'basic.get' with 'yes' behind \
            the queue takes the message for good. Yes and no are 1/0, true/false, yes/no, on/off.

            Examples:
              \(RootCommand.name) amqp queue.declare processing_cpu yes
              \(RootCommand.name) amqp queue.declare extra no yes
              \(RootCommand.name) amqp queue.bind extra celery extra
              \(RootCommand.name) amqp basic.publish '{"a": 1}' '' extra yes
              \(RootCommand.name) amqp basic.get extra
              \(RootCommand.name) amqp queue.delete extra

            Exit codes: 0 done, 1 the broker refused, 2 wrong command line, 69 there is no broker.
            """,
        subcommands: [
            DeclareExchange.self, DeleteExchange.self, DeclareQueue.self, BindQueue.self, DeleteQueue.self,
            PurgeQueue.self,
            PublishMessage.self, GetMessage.self, AcknowledgeMessage.self, StartShell.self,
        ]
    )
}

/// One operation of `swiftworker amqp`.
protocol AMQPOperation: ToolCommand {
    var global: GlobalOptions { get }

    /// - Returns: what is printed before OK; `nil` for nothing.
    /// - Throws: the broker's error, or `StartError`.
    func perform(on session: any BrokerSession, _ settings: Settings) async throws -> String?
}

extension AMQPOperation {
    func run(in context: ToolContext) async throws -> Int32 {
        let effective = try context.settings(global)
        let style = context.style(global)
        if !global.quiet { context.console.print("-> connecting to \(try BrokerSetup.endpoint(effective)).") }
        return try await context.withSession(effective, for: "amqp") { session in
            if !global.quiet { context.console.print(style("-> connected.", .green, isBold: true)) }
            do {
                if let text = try await perform(on: session, effective.settings) { context.console.print(text) }
            } catch let error as StartError {
                throw error
            } catch {
                context.console.complain("\(style("ERROR", .red, isBold: true)): \(error)")
                return ProcessExit.failure
            }
            context.console.print(style("OK", .green, isBold: true))
            return ProcessExit.success
        }
    }
}

/// What the operations need a shell for.
enum ShellOnly {
    static func refusal(_ name: String) -> StartError {
        StartError("amqp: there is no shell here, and '\(name)' makes sense in one only; see 'amqp --help'")
    }
}
