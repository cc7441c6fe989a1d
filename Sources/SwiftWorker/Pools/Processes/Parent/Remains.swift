import Processes
import Threads

/// A child process that has ended and is still to be reaped.
///
/// A class, since a thread's closure can't own the process.
final class Remains: Sendable {
    private let process: Lock<ChildProcess?>
    private let mark: String

    init(_ process: consuming ChildProcess?, mark: String) {
        self.process = Lock(process)
        self.mark = mark
    }

    /// Reaps the child.
    ///
    /// - Parameter sweeping: whether to kill all that it has started, too.
    func clear(sweeping: Bool) {
        guard let process = process.withLock({ $0.take() }) else { return }
        _ = try? process.reap(sweeping: sweeping ? mark : nil)
    }

    /// Kills all that the child has started and reaps it, on a thread of its own: that may take milliseconds.
    func clearInBackground(then done: @escaping @Sendable () -> Void) {
        do {
            try OperatingThread.start(name: "sweep") {
                self.clear(sweeping: true)
                done()
            }
        } catch {
            clear(sweeping: true)
            done()
        }
    }
}
