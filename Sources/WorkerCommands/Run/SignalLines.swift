import SwiftWorker
import Synchronization

/// Hands signals to the worker and prints what it answers.
final class SignalLines: Sendable {
    private let turn = Mutex(())
    private let worker: Worker

    init(worker: Worker) {
        self.worker = worker
    }

    func receive(_ signal: Int32) {
        turn.withLock { _ in
            // Never the console of the start: in the background its descriptor is gone by now.
            if let line = worker.receiveSignal(signal) { Console().complain("\n\(line)") }
        }
    }

    /// Waits for a line that is being printed: an idle worker stops sooner than its line is written.
    func finish() { turn.withLock { _ in } }
}
