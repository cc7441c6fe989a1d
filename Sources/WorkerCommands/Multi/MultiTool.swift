import Platform
import SwiftWorker

/// `swiftworker multi`: several workers on one machine, with the arguments of `celery multi` (Celery reference, 10.7),
/// or as the configuration's `workers:` has them.
struct MultiTool {
    /// As the program was called.
    let executable: String
    let programName: String
    let environment: [String: String]
    let console: Console
    let hostName: String

    /// How long `start` and `stop` wait unless `--wait` says otherwise.
    static let defaultWait: Duration = .seconds(120)
    /// How long a killed process may take to be gone.
    static let killWait: Duration = .seconds(10)
    /// `status` when a node does not run, as init scripts have it.
    static let notRunning: Int32 = 3

    enum Command: String, CaseIterable {
        case start, stop, stopwait, restart, kill, status, show, get, names, expand, help
    }

    /// - Parameters:
    ///   - globals: global options from before `multi`; here they are options of all nodes.
    ///   - given: what follows `multi`.
    /// - Returns: the exit code: 0, or 1 when a node failed or the command line is wrong; `status` has 3 when a node
    ///   does not run.
    func run(globals: [String], _ given: [String]) async -> Int32 {
        var words = given
        let ends = words.firstIndex(of: "--") ?? words.endIndex
        words.insert(contentsOf: globals, at: ends)
        let output = takeOutput(&words)
        if words.prefix(while: { $0 != "--" }).contains("--help") || words.first == "-h" { words = ["help"] }
        guard let name = words.first, !name.hasPrefix("-") else { return refuse(nil, output) }
        // Celery's older name of it.
        let known = Command(rawValue: name == "stop_verify" ? "stopwait" : name)
        guard let command = known else {
            let hint = Suggestion.hint(for: name, among: Command.allCases.map(\.rawValue))
            return refuse("Invalid command: \(name)\(hint)", output)
        }
        do {
            return try await run(command, Array(words.dropFirst()), output)
        } catch {
            console.complain("\(programName): error: \(error)")
            return (error as? SettingsError)?.exitCode ?? ProcessExit.failure
        }
    }

    private func run(_ command: Command, _ words: [String], _ output: MultiOutput) async throws -> Int32 {
        var words = words
        switch command {
        case .help:
            output.say(MultiHelp.text(programName))
            return ProcessExit.success
        case .get, .expand:
            guard !words.isEmpty else { throw MultiError("multi \(command) needs an argument") }
            let argument = words.removeFirst()
            let nodes = try nodes(command, words, output).nodes
            guard command == .expand else { return get(argument, of: nodes, output) }
            var lines: [String] = []
            for node in nodes { lines.append(try node.expander.expand(argument)) }
            output.say(lines.joined(separator: "\n"))
        case .names, .show:
            let nodes = try nodes(command, words, output).nodes
            let lines = nodes.map {
                command == .names ? $0.description : ShellWords.join([executable] + $0.arguments)
            }
            output.say(lines.joined(separator: "\n"))
        case .status: return try status(try nodes(command, words, output), output)
        case .start, .restart: return try await start(command, try nodes(command, words, output), output)
        case .stop, .stopwait, .kill: return await stop(command, try nodes(command, words, output), output)
        }
        return ProcessExit.success
    }

    private func get(_ name: String, of nodes: [MultiNode], _ output: MultiOutput) -> Int32 {
        guard let node = nodes.first(where: { $0.description == name || $0.label == name }) else {
            return ProcessExit.failure
        }
        output.say(ShellWords.join(node.arguments))
        return ProcessExit.success
    }

    private func status(_ plan: MultiPlan, _ output: MultiOutput) throws -> Int32 {
        let all = plan.nodes.map { NodeStatus($0, find($0), settings: plan.settings) }
        if plan.asJSON {
            output.say("[" + all.map { "\n  " + $0.json.json }.joined(separator: ",") + "\n]")
        } else if !all.isEmpty {
            output.note(NodeStatus.table(all, output: output))
        }
        return all.allSatisfy { $0.process != nil } ? ProcessExit.success : Self.notRunning
    }

    private func start(_ command: Command, _ plan: MultiPlan, _ output: MultiOutput) async throws -> Int32 {
        let limit = plan.wait ?? Self.defaultWait
        guard command == .start || limit > .zero else {
            throw MultiError("restart waits for the nodes to stop: --wait=0 does not go with it")
        }
        splash(output)
        var starting = try NodeStart(executable: executable, environment: environment, output: output, find: find)
        var running: [MultiNode] = []
        if command == .start {
            output.note("> Starting nodes...")
            for node in plan.nodes { starting.start(node) }
        } else {
            let stop = NodeStop(output, find, plan.signal ?? .terminate, within: limit, endsCold: plan.endsCold)
            running = await stop.run(plan.nodes) { node in
                output.note(output.colored("> Restarting node \(node)", .blue))
                starting.start(node)
            }
        }
        await starting.waitUntilReady(within: limit)
        return running.isEmpty && starting.failed.isEmpty ? ProcessExit.success : ProcessExit.failure
    }

    private func stop(_ command: Command, _ plan: MultiPlan, _ output: MultiOutput) async -> Int32 {
        splash(output)
        let signal = command == .kill ? .kill : plan.signal ?? .terminate
        let limit =
            switch command {
            case .kill: Optional(Self.killWait)
            case .stopwait: plan.wait
            default: plan.wait ?? Self.defaultWait
            }
        let stop = NodeStop(output, find, signal, within: limit, endsCold: plan.endsCold)
        return await stop.run(plan.nodes).isEmpty ? ProcessExit.success : ProcessExit.failure
    }

    private func find(_ node: MultiNode) -> NodeProcess {
        NodeProcess.find(node, executable: executable, hostName: hostName)
    }

    private func nodes(_ command: Command, _ words: [String], _ output: MultiOutput) throws -> MultiPlan {
        let plan = try MultiPlan(
            words,
            takesSignal: [.stop, .stopwait, .restart].contains(command),
            environment: environment,
            hostName: hostName
        )
        for name in plan.unknownNames {
            let known = plan.nodes.map(\.label)
            let hint = Suggestion.hint(for: name, among: known)
            output.complain("warning: options are given for '\(name)', which is no node here\(hint)")
        }
        return plan
    }

    /// Takes the options about the output, wherever they stand.
    private func takeOutput(_ words: inout [String]) -> MultiOutput {
        let end = words.firstIndex(of: "--") ?? words.endIndex
        let head = words[..<end]
        var output = MultiOutput(console: console)
        output.isQuiet = head.contains("--quiet") || head.contains("-q")
        output.isVerbose = head.contains("--verbose")
        output.hasSplash = !head.contains("--nosplash")
        output.isColored =
            FileDescriptor.isTerminal(console.output) && !head.contains("--no-color") && !head.contains("-C")
            && environment["NO_COLOR", default: ""].isEmpty
        let ours = ["--quiet", "-q", "--verbose", "--nosplash", "--no-color"]
        words = head.filter { !ours.contains($0) } + words[end...]
        return output
    }

    private func splash(_ output: MultiOutput) {
        guard output.hasSplash else { return }
        output.note(output.colored("\(programName) multi v\(SwiftWorkerVersion.current)", .cyan))
    }

    private func refuse(_ reason: String?, _ output: MultiOutput) -> Int32 {
        if let reason { output.complain(reason) }
        splash(output)
        output.say(MultiHelp.usage(programName))
        return ProcessExit.failure
    }
}
