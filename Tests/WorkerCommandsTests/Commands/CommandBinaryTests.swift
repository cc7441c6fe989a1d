import ChildPrograms
import ArgumentParser
import Foundation
import JSON
import Testing

@testable import WorkerCommands

/// The commands as the built program runs them, without a broker.
@Suite(.serialized, .timeLimit(.minutes(5))) struct CommandBinaryTests {
    private static let nobody = ["-b", "amqp://u:hush@127.0.0.1:1//"]

    @Test(arguments: [
        ["inspect", "ping"], ["control", "shutdown"], ["status"], ["status", "--json"], ["purge", "-f"],
        ["call", "t.add"],
        ["amqp", "queue.purge", "q"], ["migrate", "env:OLD", "env:NEW"], ["list", "bindings"], ["graph", "workers"],
    ])
    func withoutABrokerTheyEndWith69(words: [String]) throws {
        let variables = ["OLD": "amqp://u:hush@127.0.0.1:1//", "NEW": "amqp://u:hush@127.0.0.1:1//"]
        let ended = try BinaryTests.run(Self.nobody + words, variables)
        #expect(ended.code == 69)
        #expect(ended.errors.contains("error: connectFailed"), "\(ended.errors)")
        #expect(!ended.errors.contains("hush") && !ended.output.contains("hush"))
    }

    @Test(arguments: [
        (["inspect"], "Missing expected argument '<command>'"),
        (["inspect", "nosuch"], "inspect: no command 'nosuch'; there are active, active_queues"),
        (["inspect", "query_task"], "inspect: query_task takes ID..."),
        (["inspect", "-t", "0", "ping"], "--timeout: expected 0 to 3600 seconds"),
        (["control", "rate_limit", "t"], "control: rate_limit takes TASK RATE"),
        (["status", "x"], "Unexpected argument 'x'"),
        (["call"], "Missing expected argument '<name>'"),
        (["call", "t", "-a", "{}"], "call: --args: expected an array"),
        (["call", "t", "--serializer", "pickle"], "call: --serializer: only json"),
        (["result"], "Missing expected argument '<id>'"),
        (["migrate", "amqp://a"], "Missing expected argument '<destination>'"),
        (["migrate", "env:NOSUCH", "amqp://b"], "the variable NOSUCH is not set"),
        (["migrate", "-n", "0", "amqp://a", "amqp://b"], "--limit: expected a number from 1"),
        (["amqp", "queue.declre", "q"], "no command 'amqp queue.declre'; did you mean 'queue.declare'?"),
        (["amqp", "queue.declare", "q", "maybe"], "'maybe' is invalid"),
        (["amqp", "exchange.delete", "e"], "Missing expected argument '<if-unused>'"),
        (["amqp", "repl"], "amqp: there is no shell here"),
        (["amqp", "basic.ack", "1"], "amqp: there is no shell here"),
        (["graph", "workrs"], "no command 'graph workrs'; did you mean 'workers'?"),
        (["graph", "bootsteps", "pool"], "expected worker or consumer, found 'pool'"),
        (["graph", "workers", "nods:a"], "no 'nods:a'; did you mean 'nodes'?"),
        (["logtool", "stat"], "no command 'logtool stat'; did you mean 'stats'?"),
        (["shell"], "the command 'shell' is for Python programs only"),
        (["upgrade"], "the command 'upgrade' is for Python programs only"),
        (["inspct", "ping"], "no command 'inspct'; did you mean 'inspect'?"),
    ])
    func usageErrorsEndWithTwo(words: [String], message: String) throws {
        let ended = try BinaryTests.run(words)
        #expect(ended.code == 2, "\(ended.errors)")
        #expect(ended.errors.contains(message), "\(ended.errors)")
        #expect(ended.output.isEmpty)
    }

    @Test func aPurgeThatNobodyConfirmsIsAborted() throws {
        let ended = try BinaryTests.run(Self.nobody + ["purge", "-Q", "b,a"])
        #expect(ended.code == 1)
        #expect(ended.errors == "Aborted!\n")
        #expect(ended.output.hasPrefix("WARNING:This will remove all tasks from queues: a, b.\n"))
        #expect(ended.output.hasSuffix("Are you sure you want to delete all tasks? [y/N]: "))
        #expect(try BinaryTests.run(Self.nobody + ["purge", "-X", "celery"]).code == 0)
    }

    @Test func resultsThatNobodyCanReadSaySo() throws {
        let rpc = try BinaryTests.run(["--result-backend", "rpc://", "result", "id"])
        #expect(rpc.code == 1 && rpc.errors.contains("nobody else can read it"))
        let none = try BinaryTests.run(["result", "id", "--traceback"])
        #expect(none.code == 1 && none.errors.contains("result_backend is not set"))
    }

    @Test func aReportHidesSecrets() throws {
        let ended = try BinaryTests.run(["report", "-b", "amqp://u:hush@h//"], ["CELERY_RESULT_BACKEND": "rpc://"])
        #expect(ended.code == 0)
        #expect(ended.output.contains("software -> swiftworker:") && ended.output.contains("results:rpc://"))
        #expect(ended.output.contains("broker_url: \"amqp://u:**@h//\""))
        #expect(!ended.output.contains("hush"))
    }

    @Test(arguments: ["inspect", "control"])
    func theirCommandsAreListed(name: String) throws {
        let ended = try BinaryTests.run([name, "--list"])
        #expect(ended.code == 0)
        #expect(ended.output.hasPrefix("\(name.capitalized) Commands:\n  a"))
    }

    @Test func graphsArePrinted() throws {
        let parts = try BinaryTests.run(["graph", "bootsteps"])
        #expect(parts.code == 0 && parts.output.hasPrefix("digraph dependencies {"))
        let workers = try BinaryTests.run(Self.nobody + ["graph", "workers", "nodes:a@h", "threads:2"])
        #expect(workers.code == 0 && workers.output.contains("\"amqp://u:**@127.0.0.1:1//\""))
    }

    /// What an operator sees of a command tells how it is used.
    @Test func everyHelpHasAnExample() throws {
        let new: [any ParsableCommand.Type] = [
            InspectWorkers.self, ControlWorkers.self, ListWorkers.self, PurgeQueues.self, CallTask.self,
            ShowResult.self,
            ListCommand.self, MigrateTasks.self, AMQPCommand.self, LogToolCommand.self, GraphCommand.self,
            ReportEnvironment.self,
        ]
        let nested = new.flatMap { $0.configuration.subcommands }.filter {
            $0.configuration.shouldDisplay && $0 != ListBindings.self
        }
        for type in new + nested {
            let help = RootCommand.helpMessage(for: type)
            #expect(help.contains("Example") && help.contains(" \(type.configuration.commandName ?? "?")"), "\(help)")
        }
        #expect(try BinaryTests.run(["help", "inspect"]).output == BinaryTests.run(["inspect", "--help"]).output)
        let top = try BinaryTests.run(["--help"])
        for type in new { #expect(top.output.contains("  \(type.configuration.commandName ?? "?") "), "\(type)") }
    }
}
