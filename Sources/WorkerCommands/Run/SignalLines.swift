import Logging
import Platform
import SwiftWorker
import Synchronization

/// Hands signals to the worker, and prints or does what it answers.
final class SignalLines: Sendable {
    private static let signals: [Int32: WorkerSignal] = [1: .hangUp, 2: .interrupt, 3: .quit, 15: .terminate]
    private static let dump: Int32 = 10

    private let turn = Mutex(())
    private let worker: Worker
    private let logger: Logger
    /// Whether TERM means QUIT.
    private let isTerminateQuit: Bool
    /// Called before the process ends by force.
    private let atExit: @Sendable () -> Void

    /// - Parameter environment: `REMAP_SIGTERM=SIGQUIT` makes TERM a QUIT, as in Celery.
    init(worker: Worker, logger: Logger, environment: [String: String], atExit: @escaping @Sendable () -> Void) {
        self.worker = worker
        self.logger = logger
        self.atExit = atExit
        isTerminateQuit = environment["REMAP_SIGTERM"] == "SIGQUIT"
    }

    /// The signals to watch. HUP restarts a worker in the background; that of a terminal ends it, as usual.
    static func watched(isTerminal: Bool) -> [Int32] {
        isTerminal ? [2, 3, 15, dump] : [1, 2, 3, 15, dump]
    }

    func receive(_ number: Int32) {
        turn.withLock { _ in
            if number == Self.dump { return dumpState() }
            guard var signal = Self.signals[number] else { return }
            if signal == .terminate, isTerminateQuit { signal = .quit }
            switch worker.receive(signal) {
            case .nothing: break
            // Never the console of the start: in the background its descriptor is gone by now.
            case .say(let line): Console().complain("\n\(line)")
            case .exit(let code):
                atExit()
                ThisProcess.exitAtOnce(code)
            }
        }
    }

    /// Waits for a line that is being printed: an idle worker stops sooner than its line is written.
    func finish() { turn.withLock { _ in } }

    /// Whoever asked for it wants to see it, whatever the log's level.
    private func dumpState() {
        let threads = ProcessThread.all.map { "thread \($0.identifier) \($0.name): \($0.state)" }
        let lines = [worker.state] + threads
        logger.log(level: max(.warning, logger.logLevel), "State of the worker:\n\(lines.joined(separator: "\n"))")
    }
}
