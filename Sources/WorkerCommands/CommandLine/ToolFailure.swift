import AMQP
import SwiftWorker

/// Which exit code an error amounts to.
enum ToolFailure {
    static func exitCode(of error: any Error) -> Int32 {
        switch error {
        case let error as StartError: error.exitCode
        case let error as SettingsError: error.exitCode
        case let error as AMQPError where isUnreachable(error): ProcessExit.unavailable
        default: ProcessExit.failure
        }
    }

    /// Whether there is no broker to speak with, as against one that refuses what it is asked.
    private static func isUnreachable(_ error: AMQPError) -> Bool {
        let codes: Set<AMQPError.Code> = [.connectFailed, .loginRefused, .connectionLost, .retryLimit]
        return codes.contains(error.code)
    }
}
