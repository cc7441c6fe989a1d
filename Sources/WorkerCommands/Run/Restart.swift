import Logging
import Platform

/// Starts this program once more in this process: what HUP asks for. An upgraded file is taken.
struct Restart: Sendable {
    /// What came since the start is work.
    private static let onlyOnce: Set<String> = ["--purge", "--discard"]

    private let path: String?
    private let folder: String
    private let environment: [String: String]
    /// What whoever started the program passed on to it: its end may tell them that the process has ended.
    private let inherited: Set<Int32>

    /// Notes how the program was called; before anything changes its folder, or opens a file.
    init(executable: String, environment: [String: String]) {
        path = ThisProcess.executablePath(called: executable)
        folder = ThisProcess.workingDirectory
        self.environment = environment
        inherited = FileDescriptor.passedOn
    }

    /// Becomes the program anew. The pid file stays: it is the same process.
    ///
    /// - Returns: when that can't be, the exit code to end with.
    func execute(_ logger: Logger) -> Int32 {
        let path = path.flatMap { Files.exists($0) ? $0 : nil } ?? "/proc/self/exe"
        logger.info("worker: Restarting \(path)")
        do {
            try ThisProcess.changeDirectory(folder)
            try ThisProcess.replace(
                with: path,
                arguments: CommandLine.arguments.filter { !Self.onlyOnce.contains($0) },
                environment: Detachment.environmentOfRestart(environment)
                    .filter { $0.key != "CELERY_WORKER_PURGE" },
                keeping: inherited
            )
        } catch {
            logger.critical("The worker could not be restarted: \(error)")
            return ProcessExit.failure
        }
    }
}
