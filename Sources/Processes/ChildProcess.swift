import CLinux
import Glibc

/// A running child, leader of a process group of its own, with one owner.
///
/// The child starts with an empty signal mask, default dispositions and no descriptors but the given ones. Until it is
/// reaped its id can't be taken by another process, so signals sent through this value never hit a stranger.
/// An owner who drops it without `reap()` kills the group and reaps it.
public struct ChildProcess: ~Copyable, Sendable {
    /// The process id, and the id of its group.
    public let id: Int32
    /// A descriptor that is readable once the child has ended; closed with this value.
    public let exitDescriptor: Int32

    /// Starts a program.
    ///
    /// - Parameter descriptors: The child's descriptors from 0 up; `nil` stands for `/dev/null`. 16 at most. They stay
    ///   the caller's to close.
    /// - Throws: `.spawnFailed` when it can't be started, also when the file isn't there.
    public init(_ command: Command, descriptors: [Int32?]) throws(ProcessError) {
        guard !command.holdsNUL else {
            throw ProcessError(.spawnFailed, "\(command.executable): an argument holds a NUL", errno: EINVAL)
        }
        let started = Self.spawn(command, descriptors.map { $0 ?? -1 })
        guard started.error == 0 else {
            throw ProcessError(.spawnFailed, "\(command.executable) can't be started", errno: started.error)
        }
        let descriptor = clinux_pidfd_open(started.id)
        guard descriptor >= 0 else {
            let reason = errno
            Self.destroy(started.id)
            throw .system("no pidfd could be opened", reason)
        }
        id = started.id
        exitDescriptor = descriptor
    }

    deinit {
        Glibc.close(exitDescriptor)
        Self.destroy(id)
    }

    /// Sends a signal to the child and all of its group.
    public func signalGroup(_ signal: Int32) {
        // EPERM and ESRCH: nobody is left who could be told.
        _ = kill(-id, signal)
    }

    /// Waits for the end, kills what is left of the group, and takes the status.
    public consuming func reap() throws(ProcessError) -> (status: ExitStatus, usage: ResourceUsage) {
        // The descriptor says when; only then is the group swept, while the id is still ours.
        waitForExit()
        signalGroup(SIGKILL)
        let id = id
        Glibc.close(exitDescriptor)
        discard self
        var ended = clinux_exit()
        let error = clinux_reap(id, &ended)
        guard error == 0 else { throw .system("process \(id) can't be waited for", error) }
        let status: ExitStatus =
            ended.signalled == 0
            ? .exited(ended.status) : .signalled(ended.status, dumpedCore: ended.dumped_core != 0)
        return (
            status,
            ResourceUsage(
                userTime: .microseconds(ended.user_microseconds),
                systemTime: .microseconds(ended.system_microseconds),
                peakMemory: Int(ended.peak_kilobytes) * 1024
            )
        )
    }

    private func waitForExit() {
        var entry = pollfd(fd: exitDescriptor, events: Int16(POLLIN), revents: 0)
        while poll(&entry, 1, -1) < 0 && errno == EINTR {}
    }

    private static func destroy(_ id: pid_t) {
        _ = kill(-id, SIGKILL)
        var ended = clinux_exit()
        _ = clinux_reap(id, &ended)
    }
}
