import CeleryProtocol
import Logging
import Processes
import Threads

/// Runs each body in a child process, so that a body that crashes, hangs or grows takes nothing along but itself.
///
/// The children are fresh starts of this very program and stay for many tasks. One thread owns them all (`PoolThread`):
/// it hands out the requests, each to a child that waits, and hears what the children say.
final class ProcessPool: Pool {
    /// How the children are.
    struct Options: Sendable {
        var capacity: Int
        /// The program; it has to be a `PoolChild` when its first argument says so.
        var executable: String
        /// What `ps` shows first.
        var programName: String
        var child: ChildSettings
        var times: ChildLife.Times
        /// After so many tasks a child is replaced; `nil` is never.
        var maxTasks: Int?
        /// A child that has more resident memory, in KiB, after its task is replaced; `nil` is never.
        var maxMemory: Int?
        /// A child that has more resident memory, in KiB, while its task runs is killed; `nil` is never.
        var memoryLimit: Int?
        /// Whether what children print goes to the log; else they print where this process does.
        var redirectsOutput = true
        /// The level of such lines.
        var outputLevel = Logger.Level.warning
    }

    /// What a pool works with.
    struct Parts: Sendable {
        let options: Options
        let effects: any ChildEffects
        let report: PoolReport
        let counters: WorkerCounters
        let clock: WorkerClock
        let logger: Logger
    }

    let kind = PoolKind.prefork
    private let parts: Parts
    private let shared: PoolState

    init(_ parts: Parts) {
        self.parts = parts
        shared = PoolState(capacity: parts.options.capacity)
    }

    var capacity: Int { shared.capacity }

    var running: [RunningTask] { shared.running }

    var waiting: [Request] { shared.waiting }

    var processes: [Int32] { shared.processes }

    var servingCount: Int { shared.servingCount }

    var stillness: Duration { shared.stillness(at: .now) }

    func restart() { shared.order(.restart) }

    func start() throws {
        let wakeup = try Wakeup()
        let poller = try Poller()
        try poller.add(wakeup.descriptor, [.reading, .changes], token: PoolThread.wakeupToken)
        shared.beginServing(wakeup)
        do {
            try OperatingThread.start(name: "pool") { [parts, shared] in
                PoolThread(parts, shared, poller).run()
            }
        } catch {
            shared.endServing()
            throw error
        }
    }

    func submit(_ request: Request) -> Bool { shared.submit(request) }

    func wake() { shared.wake() }

    func withdraw(where selects: (Request) -> Bool) -> [Request] { shared.withdraw(where: selects) }

    func resize(to capacity: Int) { shared.resize(to: capacity) }

    func cancelRunning(_ cause: CancellationCause, grace: Duration, where selects: @Sendable (Request) -> Bool) {
        shared.cancel(cause, grace: grace, where: selects)
    }

    func abandon() -> [Request] { shared.abandon() }

    func stop() -> [Request] { shared.stop() }

    func finish() async { await shared.finish() }
}
