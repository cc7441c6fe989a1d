import BrokerModel
import Logging
import Platform
import SwiftWorker

/// What every command has at hand: its surroundings, the settings, the broker.
struct ToolContext {
    /// As the program was called, and the last part of that.
    let executable: String
    let programName: String
    let environment: [String: String]
    let console: Console
    /// The tasks of the program, and its own commands of remote control.
    let tasks: () -> TaskRegistry
    let commands: () -> [CustomCommand]

    /// The settings in force: defaults, file, environment, options, `name=value` arguments. Changes to the folder of `--workdir`
    /// first.
    ///
    /// - Throws: `SettingsError`, or that there is no such folder.
    func settings(_ global: GlobalOptions, overrides: [String] = []) throws -> EffectiveSettings {
        if let folder = global.workdir { try ThisProcess.changeDirectory(folder) }
        let loader = SettingsLoader(
            file: global.config,
            environment: environment,
            options: SettingsLoader.given(in: global),
            overrides: overrides
        )
        return try loader.load()
    }

    /// The broker of the settings; RabbitMQ shows its connections as `swiftworker purpose@host`.
    ///
    /// - Throws: `SettingsError` for a URL that can't be used.
    func broker(_ effective: EffectiveSettings, for purpose: String) throws -> any Broker {
        // `inspect stats | head` ends the reader first; that is no crash.
        ThisProcess.ignoreBrokenPipes()
        return try BrokerSetup.make(
            effective,
            nodeName: "\(programName) \(purpose)@\(ThisProcess.hostName)",
            logger: Logger(label: purpose) { _ in SwiftLogNoOpLogHandler() },
            // What is too large for a worker must not be in a tool's way; the broker has a limit of its own.
            maxMessageBytes: .max
        )
    }

    /// Connects, does something, and closes the connection.
    ///
    /// - Throws: `SettingsError`, the broker's error, or the body's.
    func withSession<Result>(
        _ effective: EffectiveSettings,
        for purpose: String,
        _ body: (any BrokerSession) async throws -> Result
    ) async throws -> Result {
        try await broker(effective, for: purpose).withSession(body)
    }

    /// How text is coloured: on a terminal only, and not with `-C` or `$NO_COLOR`.
    func style(_ global: GlobalOptions) -> TextStyle {
        let isRefused = global.noColor || !(environment["NO_COLOR"] ?? "").isEmpty
        return TextStyle(isColoured: !isRefused && FileDescriptor.isTerminal(console.output))
    }
}
