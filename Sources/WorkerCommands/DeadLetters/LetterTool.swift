import BrokerModel
import Logging
import Platform
import SwiftWorker

/// Runs a command about dead letters: settings, broker, the command itself.
struct LetterTool {
    let programName: String
    let environment: [String: String]
    let console: Console
    let tasks: () -> TaskRegistry

    /// - Returns: the exit code of the process.
    func run(_ command: any LetterCommand) async -> Int32 {
        do {
            return try await open(command)
        } catch {
            console.complain("\(programName): error: \(error)")
            switch error {
            case let error as StartError: return error.exitCode
            case let error as SettingsError: return error.exitCode
            default: return ProcessExit.failure
            }
        }
    }

    private func open(_ command: any LetterCommand) async throws -> Int32 {
        // `dead-letters list | head` ends the reader first; that is no crash.
        ThisProcess.ignoreBrokenPipes()
        if let folder = command.global.workdir { try ThisProcess.changeDirectory(folder) }
        let loader = SettingsLoader(
            file: command.global.config,
            environment: environment,
            options: SettingsLoader.given(in: command.global)
        )
        let effective = try loader.load()
        let host = ThisProcess.hostName
        let broker = try BrokerSetup.make(
            effective,
            nodeName: "\(programName) dead-letters@\(host)",
            logger: Logger(label: "dead-letters") { _ in SwiftLogNoOpLogHandler() }
        )
        let session = try await broker.makeSession()
        let desk = LetterDesk(
            session: session,
            settings: effective.settings,
            tasks: tasks(),
            console: console,
            user: AuditLog.user(environment),
            host: host,
            isTerminal: FileDescriptor.isTerminal(FileDescriptor.standardInput)
        )
        do {
            let code = try await command.run(at: desk)
            await session.close()
            return code
        } catch {
            await session.close()
            throw error
        }
    }
}
