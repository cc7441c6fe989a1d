import AMQP
import ArgumentParser
import Platform
import SwiftWorker

/// `swiftworker events`.
struct EventsCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Shows what workers and their tasks do, as it happens.",
        discussion: """
            On a terminal it is a screen: tasks with their states, workers, rates per second. Press ? there for the keys. With \
            --dump it prints a line for each event, as Celery does, until it is ended.

            Workers send events of their tasks when they are started with -E, or when they are told to: press e, or run \
            '\(RootCommand.name) control enable_events'. Of themselves they always do. Python workers are shown as well.

            Examples:
              \(RootCommand.name) events
              \(RootCommand.name) events --dump
              \(RootCommand.name) events --json | jq 'select(.type == "task-failed") | .exception'

            Exit codes: 0 ended by you, 2 wrong command line, or no terminal for the screen, 69 the broker is gone.
            """
    )

    @Flag(name: [.customShort("d"), .long], help: "Prints a line for each event.")
    var dump = false

    @Flag(help: "Prints each event as a JSON object on one line, as it came; includes --dump.")
    var json = false

    @Option(
        name: [.customShort("F", allowingJoined: true), .long, .customLong("freq")],
        help: ArgumentHelp("Seconds between two pictures of the screen, from 0.25.", valueName: "seconds")
    )
    var frequency = 0.25

    @Option(help: ArgumentHelp("Keeps the process id there while it runs.", valueName: "path"))
    var pidfile: String?

    @OptionGroup var camera: CameraOptions
    @OptionGroup(title: "Global Options") var global: GlobalOptions

    func run(in context: ToolContext) async throws -> Int32 {
        try camera.refuse()
        guard frequency.isFinite, (0.25...3600).contains(frequency) else {
            throw StartError("--frequency: expected 0.25 to 3600 seconds, found \(frequency)")
        }
        let isDump = dump || json
        let hasTerminal = [FileDescriptor.standardInput, context.console.output].allSatisfy(FileDescriptor.isTerminal)
        guard isDump || hasTerminal else {
            throw StartError("the screen needs a terminal; use 'events --dump', or --json for scripts")
        }
        let effective = try context.settings(global)
        let file = try pidfile.map { try acquire($0, context) }
        defer { file?.release() }
        let broker = try context.broker(effective, for: "events")
        if isDump {
            return try await DumpTool(
                broker: broker,
                settings: effective.settings,
                console: context.console,
                isJSON: json
            ).run()
        }
        return try await MonitorTool(
            broker: broker,
            settings: effective.settings,
            place: try BrokerSetup.endpoint(effective).description,
            isColoured: context.style(global).isColoured,
            interval: .seconds(frequency)
        ).run()
    }

    private func acquire(_ path: String, _ context: ToolContext) throws -> PIDFile {
        do {
            return try PIDFile.acquire(path) { context.console.complain($0) }
        } catch {
            switch error {
            case .locked(let owner):
                throw StartError("--pidfile: process \(owner) has \(path)", exitCode: ProcessExit.locked)
            case .system(let error): throw StartError("--pidfile: \(error)", exitCode: ProcessExit.failure)
            }
        }
    }
}

/// Options of `celery events` for cameras, which are Python classes, and for running in the background.
struct CameraOptions: ParsableArguments {
    @Option(name: [.customShort("c", allowingJoined: true), .long], help: .hidden)
    var camera: String?

    @Option(name: [.customShort("r", allowingJoined: true), .long], help: .hidden)
    var maxrate: String?

    @Flag(help: .hidden)
    var detach = false

    @Option(name: [.customShort("f", allowingJoined: true), .long], help: .hidden)
    var logfile: String?

    @Option(help: .hidden)
    var uid: String?

    @Option(help: .hidden)
    var gid: String?

    @Option(help: .hidden)
    var umask: String?

    /// Celery's own dump and screen do nothing with these.
    @Option(name: [.customShort("l", allowingJoined: true), .long], help: .hidden)
    var loglevel: String?

    @Option(help: .hidden)
    var executable: String?

    /// - Throws: `StartError` for an option that has no meaning here.
    func refuse() throws(StartError) {
        if camera != nil || maxrate != nil {
            throw StartError(
                "-c and --maxrate are for cameras, which are Python classes: run 'celery events -c' for them; it hears these "
                    + "workers, too"
            )
        }
        if detach || logfile != nil || uid != nil || gid != nil || umask != nil {
            throw StartError(
                "--detach, --logfile, --uid, --gid and --umask are for cameras; run 'events --dump' under systemd, or as "
                    + "'nohup … events --dump >> FILE &'"
            )
        }
    }
}
