import CeleryProtocol
import Logging
import Processes
import Threads

/// A child process of the process pool: it runs bodies, one after the other, and nothing else. It has no broker
/// connection, and reads no configuration.
///
/// Its main thread only waits. One thread reads tasks and runs them, so that a task costs the child one read and one
/// write; another serves the channel for control, whatever the body does.
public struct PoolChild {
    /// What the first argument of such a process is.
    static let marker = "--pool-child"
    /// The descriptors that its parent has given it.
    static let tasksDescriptor: Int32 = 3
    static let controlDescriptor: Int32 = 4
    private static let failure: Int32 = 1
    /// The exit code of a child that can't reach its parent any more: `EX_PROTOCOL`.
    static let disconnectedCode: Int32 = 76

    /// Whether this process was started to be a child. To be asked before anything else is done.
    ///
    /// - Parameter arguments: without the program's own name.
    public static func isWanted(_ arguments: some Collection<String>) -> Bool { arguments.first == marker }

    /// Serves the parent until it closes the channel.
    ///
    /// - Parameter finish: called before the process ends in order. Its parent waits some seconds for that.
    /// - Returns: the exit code of the process.
    public static func run(tasks: () -> TaskRegistry, finish: () async -> Void = {}) async -> Int32 {
        PoolChildSide.prepare()
        OperatingThread.limitHeaps(to: 2)
        do {
            let control = try StreamSocket(inherited: controlDescriptor)
            let link = try ChildLink(StreamSocket(inherited: tasksDescriptor))
            LoggingSystem.bootstrap { _ in ChildLogHandler(link: link) }
            try await serve(link, control, tasks())
            await finish()
            return 0
        } catch {
            // Standard error is the parent's to read.
            PoolChildSide.complain("a pool child ends: \(error)")
            return failure
        }
    }

    private static func serve(_ link: ChildLink, _ control: consuming StreamSocket, _ tasks: TaskRegistry) async throws
    {
        let current = CurrentJob()
        let slot = ChildSlot(link: link, current: current, tasks: tasks)
        let thread = ControlThread(control, current)
        try OperatingThread.start(name: "control") { thread.serve() }
        let ended: (any Error)? = await withCheckedContinuation { continuation in
            do {
                try OperatingThread.start(name: "slot") { continuation.resume(returning: slot.serve()) }
            } catch {
                continuation.resume(returning: error)
            }
        }
        if let ended { throw ended }
    }
}
