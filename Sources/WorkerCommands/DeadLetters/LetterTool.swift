import BrokerModel
import Platform
import SwiftWorker

/// Runs a command about dead letters: settings, broker, the command itself.
struct LetterTool {
    let context: ToolContext

    /// - Returns: the exit code of the process.
    func run(_ command: any LetterCommand) async -> Int32 {
        do {
            return try await open(command)
        } catch {
            context.console.complain("\(context.programName): error: \(error)")
            switch error {
            case let error as StartError: return error.exitCode
            case let error as SettingsError: return error.exitCode
            default: return ProcessExit.failure
            }
        }
    }

    private func open(_ command: any LetterCommand) async throws -> Int32 {
        let effective = try context.settings(command.global)
        return try await context.withSession(effective, for: "dead-letters") { session in
            let desk = LetterDesk(
                session: session,
                settings: effective.settings,
                tasks: context.tasks(),
                console: context.console,
                user: AuditLog.user(context.environment),
                host: ThisProcess.hostName,
                isTerminal: FileDescriptor.isTerminal(FileDescriptor.standardInput)
            )
            return try await command.run(at: desk)
        }
    }
}
