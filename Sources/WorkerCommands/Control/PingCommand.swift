import ArgumentParser
import BrokerModel
import CeleryProtocol
import FoundationEssentials
import JSON
import Monitoring
import OrderedCollections
import Platform
import SwiftWorker

/// `swiftworker ping`: whether a worker is well, for probes that run a program.
struct PingCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "ping",
        abstract: "Says whether a worker is ready, or alive.",
        discussion: """
            Asks the worker of this machine at its swiftworker_health_address, without a broker: whether it is ready, or with \
            --live whether it is alive. With -d, or without such an address, workers are asked through the broker, Python ones \
            too, which only tells that they answer.

            The exit code is 0 when the answer is yes, and 69 when it is no or nobody answers.

            Examples:
              \(RootCommand.name) ping
              \(RootCommand.name) ping --live -n cpu@%h
              \(RootCommand.name) ping -d async@host1
            """
    )

    @Option(
        name: [.customShort("n", allowingJoined: true), .customLong("hostname")],
        help: ArgumentHelp("The worker's -n, where its address has %n, %h or the like.", valueName: "name")
    )
    var hostname: String?

    @Option(
        name: [.customShort("d", allowingJoined: true), .long],
        help: ArgumentHelp("Workers to ask through the broker, by node name.", valueName: "name,…")
    )
    var destination: String?

    @Option(
        name: [.customShort("t", allowingJoined: true), .long],
        help: ArgumentHelp("Seconds to wait for an answer.", valueName: "seconds")
    )
    var timeout = 1.0

    @Flag(help: "Asks whether the worker is alive; else whether it is ready.")
    var live = false

    @Flag(name: [.customShort("j"), .long], help: "Prints the answer as JSON.")
    var json = false

    @OptionGroup(title: "Global Options") var global: GlobalOptions

    @Argument(
        help: ArgumentHelp("Settings that win over all others, as the worker has them.", valueName: "setting=value")
    )
    var overrides: [String] = []

    func run(in context: ToolContext) async throws -> Int32 {
        guard timeout > 0, timeout <= 3600 else {
            throw StartError("--timeout: expected 0 to 3600 seconds, found \(timeout)")
        }
        let effective = try context.settings(global, overrides: overrides)
        if destination == nil, let address = effective.settings.healthAddress {
            let naming = try NodeNaming(option: hostname, hostName: ThisProcess.hostName)
            let source = effective.source(of: "swiftworker_health_address")
            return await ask(at: try naming.expand(address, source: source), context.console)
        }
        if live {
            throw StartError("--live asks at swiftworker_health_address, which is not set")
        }
        return try await askThroughBroker(effective, context)
    }

    private func ask(at address: HealthAddress, _ console: Console) async -> Int32 {
        do {
            let reply = try await HealthProbe(address: address).ask(
                live ? "/livez" : "/readyz",
                timeout: .seconds(timeout)
            )
            if json {
                console.print(reply.body.trimmed)
            } else if reply.isGood {
                console.print(live ? "alive" : "ready")
            } else {
                console.complain("\(live ? "not alive" : "not ready")\(Self.problems(reply.body))")
            }
            return reply.isGood ? ProcessExit.success : ProcessExit.unavailable
        } catch {
            console.complain("Error: no worker answers at \(address): \(error)")
            return ProcessExit.unavailable
        }
    }

    private func askThroughBroker(_ effective: EffectiveSettings, _ context: ToolContext) async throws -> Int32 {
        var request = ControlRequest("ping", [:])
        request.destination = commaSeparated(destination ?? "")
        let mailbox = try ControlMailbox(effective.settings)
        let replies: [ControlReply]
        do {
            replies = try await context.withSession(effective, for: "ping") { session in
                try await ControlClient(session: session, mailbox: mailbox).call(
                    request,
                    as: UUID().uuidString.lowercased(),
                    timeout: .seconds(timeout),
                    now: WorkerClock.system.wall(),
                    heard: { if !json { context.console.print("\($0.node): pong") } }
                )
            }
        } catch let error as SettingsError {
            throw error
        } catch {
            context.console.complain("Error: the broker can't be reached: \(error)")
            return ProcessExit.unavailable
        }
        if json {
            let value = JSONValue.array(replies.map { .object([$0.node: $0.value]) })
            context.console.print(String(decoding: value.serialized(), as: UTF8.self))
        }
        let isComplete = !replies.isEmpty && replies.count >= request.destination.count
        if !isComplete { context.console.complain("Error: No nodes replied within time constraint") }
        return isComplete ? ProcessExit.success : ProcessExit.unavailable
    }

    /// What is wrong, a line each.
    static func problems(_ body: String) -> String {
        guard let checks = try? JSONValue(parsing: Array(body.utf8))["checks"]?.object else { return "" }
        return checks.compactMap { name, check in
            check["ok"] == .bool(true) ? nil : "\n  \(name): \(check["detail"]?.string ?? "")"
        }.joined()
    }
}

extension String {
    fileprivate var trimmed: String { hasSuffix("\n") ? String(dropLast()) : self }
}
