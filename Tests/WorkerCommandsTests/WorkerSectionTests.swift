import SwiftWorker
import Testing

@testable import WorkerCommands

/// The configuration's `workers:`.
@Suite struct WorkerSectionTests {
    private static let text = """
        workers:
          cpu:
            queues: processing_cpu
            pool: prefork
            concurrency: 3
            options: {loglevel: INFO, max-tasks-per-child: 20, logfile: logs/%n.log, without-gossip: true, task-events: false}
          async:
            queues: [a, b]
            pool: gevent
            concurrency: auto
            hostname: async@other
          plain:
        """

    private static func section(_ text: String = text) throws -> WorkerSection {
        WorkerSection(try SettingsLayersTests.load(file: text), folder: "/srv")
    }

    private static func nodes(_ words: [String], _ text: String = text) throws -> [MultiNode] {
        let section = try section(text)
        let arguments = try MultiArguments(words)
        let workers = try #require(try section.select(arguments.names, machine: MultiNodesTests.machine))
        return try MultiNodes(arguments, workers: workers, of: section, machine: MultiNodesTests.machine).nodes
    }

    @Test func becomesCommandLines() throws {
        let file = try #require(try Self.section().file)
        let nodes = try Self.nodes([])
        #expect(nodes.map(\.description) == ["cpu@vm.example.com", "async@other", "plain@vm.example.com"])
        #expect(
            nodes[0].arguments.filter { !$0.hasPrefix("--config=") } == [
                "worker", "--detach", "--queues=processing_cpu", "--pool=prefork", "--concurrency=3", "--loglevel=INFO",
                "--max-tasks-per-child=20", "--logfile=logs/%n.log", "--without-gossip", "-n", "cpu@vm.example.com",
                "--pidfile=/var/run/celery/cpu.pid",
            ]
        )
        #expect(nodes[0].arguments.first?.hasSuffix("/w.yaml") == true && file.hasSuffix("/w.yaml"))
        #expect(nodes[0].logFile == "logs/cpu.log")
        #expect(nodes[1].arguments[3...5] == ["--queues=a,b", "--pool=threads", "--concurrency=auto"])
    }

    /// Every line that a node gets is one that the worker understands.
    @Test func theCommandLinesParse() throws {
        for node in try Self.nodes([]) {
            let order = ArgumentOrder(node.arguments)
            #expect(order.command == "worker")
            let command = try WorkerArguments(order.arguments, environment: [:]).command
            #expect(command.node.hostname == node.description)
            #expect(command.node.detach)
            #expect(command.global.config?.hasPrefix("/") == true)
        }
    }

    @Test func optionsOfTheCommandLineWin() throws {
        let words = [
            "cpu", "async", "-c", "9", "-P:cpu", "solo", "--queues:2=x", "--logfile=/log/%n.log", "--suffix=s",
        ]
        let nodes = try Self.nodes(words)
        #expect(nodes.map(\.description) == ["cpu@s", "async@s"])
        let cpu = nodes[0].arguments
        #expect(cpu[3...6] == ["--queues=processing_cpu", "-P", "solo", "-c"])
        #expect(!cpu.contains("--pool=prefork") && !cpu.contains("--concurrency=3"))
        #expect(nodes[0].logFile == "/log/cpu.log")
        #expect(nodes[1].arguments.contains("--queues=x"))
    }

    @Test func theFilesPlacesAreTheDefault() throws {
        let text =
            "worker_pidfile: run/%n.pid\nworker_logfile: log/%h.log\nworkers: {a: {options: {pidfile: x/%n}}, b: {}}"
        let nodes = try Self.nodes([], text)
        #expect(nodes.map(\.pidFile) == ["x/a", "run/b.pid"])
        // In the file, %h is a worker's: its host.
        #expect(nodes.map(\.logFile) == ["log/vm.example.com.log", "log/vm.example.com.log"])
    }

    @Test(arguments: [
        (["image", "video"], nil), (["3"], nil), (["image@h"], nil),
        (["async@other", "cpu@vm.example.com"], ["async", "cpu"]),
        (["plain", "cpu"], ["plain", "cpu"]),
        ([], ["cpu", "async", "plain"]),
    ])
    func names(names: [String], selected: [String]?) throws {
        #expect(try Self.section().select(names, machine: MultiNodesTests.machine)?.map(\.name) == selected)
    }

    @Test(arguments: [
        (["cup"], "the configuration has the workers cpu, async, plain, and no 'cup'; did you mean 'cpu'?"),
        (
            ["cpu@elsewhere"],
            "the configuration has the workers cpu, async, plain, and no 'cpu@elsewhere'; did you mean 'cpu'?"
        ),
        (["cpu", "image"], "the configuration has the workers cpu, async, plain, and no 'image'"),
        (["cpu", "cpu"], "a worker is named twice"),
    ])
    func slipsAreNoNodes(names: [String], message: String) throws {
        let error = try #require(throws: MultiError.self) {
            try Self.section().select(names, machine: MultiNodesTests.machine)
        }
        #expect(error.description == message)
    }

    @Test func withoutASectionNothingIsSelected() throws {
        #expect(try Self.section("enable_utc: true").select([], machine: MultiNodesTests.machine) == nil)
    }

    @Test func twoWorkersOfOneNameAreRefused() throws {
        let error = try #require(throws: MultiError.self) {
            try Self.nodes([], "workers: {a: {hostname: x@h}, b: {hostname: x@h}}")
        }
        #expect(error.description == "the workers 'a' and 'b' are both x@h: change a hostname")
    }

    @Test(arguments: [
        (
            "workers:\n  cpu:\n    queus: a",
            "w.yaml:3:5: workers: unknown key 'queus' in workers.cpu; did you mean 'queues'?"
        ),
        ("workers: [cpu]", "w.yaml:1:10: workers: expected a map of worker names"),
        ("workers:\n  cpu: 3", "w.yaml:2:8: workers: expected a map, found an integer"),
        ("workers:\n  3: {}", "w.yaml:2:3: workers: '3' can't name a worker: expected a letter"),
        ("workers:\n  a@b: {}", "w.yaml:2:3: workers: 'a@b' can't name a worker"),
        ("workers:\n  a/b: {}", "w.yaml:2:3: workers: 'a/b' can't name a worker"),
        ("workers:\n  a: {}\n  a: {}", "w.yaml:3:3: 'a' is given twice"),
        (
            "workers:\n  a: {pool: prefrok}",
            "w.yaml:2:13: workers.a.pool: expected one of prefork, processes, threads, solo, gevent, eventlet, found "
                + "'prefrok'; did you mean 'prefork'?"
        ),
        (
            "workers:\n  a: {concurrency: 0}",
            "w.yaml:2:20: workers.a.concurrency: expected an integer of at least 1, found 0"
        ),
        ("workers:\n  a: {concurrency: few}", "w.yaml:2:20: workers.a.concurrency: expected an integer"),
        ("workers:\n  a: {queues: ''}", "w.yaml:2:15: workers.a.queues: expected a list of queues"),
        ("workers:\n  a: {queues: {b: 1}}", "w.yaml:2:15: workers.a.queues: expected a list of queues"),
        ("workers:\n  a: {options: [x]}", "w.yaml:2:16: workers.a.options: expected a map, found a list"),
        (
            "workers:\n  a:\n    options:\n      max-task-per-child: 3",
            "w.yaml:4:7: unknown option 'max-task-per-child' in workers.a.options; did you mean 'max-tasks-per-child'?"
        ),
        (
            "workers:\n  a:\n    options: {concurrency: 3}",
            "w.yaml:3:15: unknown option 'concurrency' in workers.a.options; it is a key of the worker itself"
        ),
        (
            "workers:\n  a:\n    options: {detach: true}",
            "w.yaml:3:15: unknown option 'detach' in workers.a.options; multi always starts workers in the background"
        ),
        (
            "workers:\n  a:\n    options: {loglevel: [INFO]}",
            "w.yaml:3:25: workers.a.options.loglevel: expected a string or a number, found a list"
        ),
        (
            "workers:\n  a:\n    options: {beat: 1}",
            "w.yaml:3:21: workers.a.options.beat: expected true or false, found an integer"
        ),
    ])
    func mistakesHaveTheirPlace(text: String, message: String) throws {
        let error = try #require(throws: SettingsError.self) { try SettingsLayersTests.load(file: text) }
        #expect(error.description.contains(message), "\(error)")
    }

    /// `config` prints a section that reads as the same.
    @Test func isShownAsItIsRead() throws {
        let effective = try SettingsLayersTests.load(file: Self.text)
        let entry = try #require(effective.entries().first { $0.definition.name == "workers" })
        let again = try SettingsLayersTests.load(file: "workers: \(entry.value.yaml)")
        #expect(again.settings.workers.map(\.name) == ["cpu", "async", "plain"])
        #expect(again.entries().first { $0.definition.name == "workers" }?.value == entry.value)
    }

    /// A section is nothing to a plain worker.
    @Test func leavesOtherSettingsAlone() throws {
        let effective = try SettingsLayersTests.load(file: Self.text)
        #expect(effective.warnings.isEmpty)
        #expect(effective.entries().filter { $0.source != .builtIn }.map(\.definition.name) == ["workers"])
    }
}
