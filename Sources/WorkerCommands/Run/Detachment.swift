import Platform

/// Both sides of `-D`: the process that was called, and the one that stays.
enum Detachment {
    private static let marker = "_SWIFTWORKER_DETACHED"
    /// The marker's value in a process that was restarted: nobody waits for its report.
    private static let restarted = "restarted"
    /// Ends the child's report when all is well.
    private static let readyMark = "\u{0}ready"

    /// Whether this process is the one that stays.
    static func isChild(_ environment: [String: String]) -> Bool { environment[marker] != nil }

    /// What became of a start in the background.
    enum Outcome {
        /// It runs; the text is what it had to say before.
        case runs(BackgroundProcess, report: String)
        /// It has ended, never with code 0.
        case ended(code: Int32, report: String)
    }

    /// Starts this program in the background and waits until it reports.
    ///
    /// - Parameter arguments: its name first.
    /// - Throws: `PlatformError` when it can't be started.
    static func start(_ arguments: [String], environment: [String: String]) throws(PlatformError) -> Outcome {
        var environment = environment
        environment[marker] = "1"
        let child = try BackgroundProcess(arguments: arguments, environment: environment)
        var report = child.report()
        let isReady = report.hasSuffix(readyMark)
        if isReady { report.removeLast(readyMark.count) }
        while report.last == "\n" { report.removeLast() }
        if isReady { return .runs(child, report: report) }
        let code = child.waitForExit()
        return .ended(code: code == 0 ? ProcessExit.failure : code, report: report)
    }

    /// Starts the program as it was called once more in the background, and waits until it reports.
    ///
    /// - Returns: 0 when the child is running, else its exit code; what it had to say is printed.
    static func startChild(executable: String, environment: [String: String], console: Console) -> Int32 {
        do {
            switch try start([executable] + CommandLine.arguments.dropFirst(), environment: environment) {
            case .runs(_, let report):
                if !report.isEmpty { console.complain(report) }
                return ProcessExit.success
            case .ended(let code, let report):
                console.complain(report.isEmpty ? "the worker ended at its start, with exit code \(code)" : report)
                return code
            }
        } catch {
            console.complain("can't start in the background: \(error)")
            return ProcessExit.failure
        }
    }

    /// The environment with which a process that stays is started once more.
    static func environmentOfRestart(_ environment: [String: String]) -> [String: String] {
        guard isChild(environment) else { return environment }
        return environment.merging([marker: restarted]) { $1 }
    }

    /// In the child: where errors of the start are printed.
    static func adopt(_ environment: [String: String]) -> Console {
        ThisProcess.removeVariable(marker)
        if environment[marker] == restarted { return Console() }
        FileDescriptor.closeOnExec(BackgroundProcess.statusDescriptor)
        return Console(output: FileDescriptor.standardOutput, error: BackgroundProcess.statusDescriptor)
    }

    /// In the child: tells the process that waits that the worker runs.
    static func reportReady(_ environment: [String: String]) {
        if environment[marker] == restarted { return }
        FileDescriptor.write(Array(readyMark.utf8), to: BackgroundProcess.statusDescriptor)
        FileDescriptor.close(BackgroundProcess.statusDescriptor)
    }
}
