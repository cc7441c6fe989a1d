import CLinux
import Glibc

/// A running child, leader of a process group of its own, with one owner.
///
/// The child starts with an empty signal mask, default dispositions and no descriptors but the given ones, and is killed
/// when the *thread* that started it ends: so it never outlives its parent, and must be started by a thread that lives as
/// long as the child is wanted. Until it is reaped its id can't be taken by another process, so signals sent through this
/// value never hit a stranger. An owner who drops it without reaping it kills the group and reaps it.
public struct ChildProcess: ~Copyable, Sendable {
    /// What the child leads.
    public enum Isolation: Sendable, Hashable {
        /// A process group, in this process's session.
        case group
        /// A session, and so no terminal either.
        case session
    }

    /// The process id, and the id of its group, and of its session where it leads one.
    public let id: Int32
    /// A descriptor that is readable once the child has ended; closed with this value.
    public let exitDescriptor: Int32

    /// Starts a program.
    ///
    /// - Parameter descriptors: The child's descriptors from 0 up; `nil` stands for `/dev/null`. 16 at most. They stay
    ///   the caller's to close.
    /// - Throws: `.spawnFailed` when it can't be started, also when the file isn't there.
    public init(
        _ command: Command,
        descriptors: [Int32?],
        isolation: Isolation = .group
    ) throws(ProcessError) {
        guard !command.holdsNUL else {
            throw ProcessError(.spawnFailed, "\(command.executable): an argument holds a NUL", errno: EINVAL)
        }
        let started = Self.spawn(command, descriptors.map { $0 ?? -1 }, isolation)
        guard started.error == 0 else {
            throw ProcessError(.spawnFailed, "\(command.executable) can't be started", errno: started.error)
        }
        id = started.id
        exitDescriptor = started.exitDescriptor
    }

    deinit {
        Glibc.close(exitDescriptor)
        _ = kill(-id, SIGKILL)
        var ended = clinux_exit()
        _ = clinux_reap(id, &ended)
    }

    /// Sends a signal to the child and all of its group.
    public func signalGroup(_ signal: Int32) {
        // EPERM and ESRCH: nobody is left who could be told.
        _ = kill(-id, signal)
    }

    /// Kills the child and all of its group.
    public func killGroup() { signalGroup(SIGKILL) }

    /// How the child has ended, if it has; it stays to be reaped.
    ///
    /// The peak memory is never less than this process's own at the child's start: the kernel counts the moment before
    /// the child became a program of its own.
    public func end() -> (status: ExitStatus, usage: ResourceUsage)? {
        var ended = clinux_exit()
        guard clinux_peek_exit(id, &ended) == 0 else { return nil }
        return (ExitStatus(ended), ResourceUsage(ended))
    }

    /// Waits for the end, kills what is left of the group, and takes the status.
    ///
    /// - Parameter sweeping: kills and waits for all that the child has started, too, for two seconds at most: what is in
    ///   its session, and what has this entry, `NAME=value`, in its environment.
    @discardableResult
    public consuming func reap(
        sweeping entry: String? = nil
    ) throws(ProcessError) -> (status: ExitStatus, usage: ResourceUsage) {
        // The descriptor says when; only then is the group swept, while the id is still ours.
        waitForExit()
        signalGroup(SIGKILL)
        let id = id
        if let entry { Descendants(session: id, entry: entry).sweep(within: .seconds(2)) }
        Glibc.close(exitDescriptor)
        discard self
        var ended = clinux_exit()
        let error = clinux_reap(id, &ended)
        guard error == 0 else { throw .system("process \(id) can't be waited for", error) }
        return (ExitStatus(ended), ResourceUsage(ended))
    }

    private func waitForExit() {
        var entry = pollfd(fd: exitDescriptor, events: Int16(POLLIN), revents: 0)
        while poll(&entry, 1, -1) < 0 && errno == EINTR {}
    }
}

extension ExitStatus {
    init(_ ended: clinux_exit) {
        self =
            ended.signalled == 0
            ? .exited(ended.status) : .signalled(ended.status, dumpedCore: ended.dumped_core != 0)
    }

    /// A signal's name such as `SIGKILL`.
    public static func name(ofSignal number: Int32) -> String {
        guard let name = clinux_signal_name(number) else { return "signal \(number)" }
        return "SIG" + String(cString: name)
    }
}

extension ResourceUsage {
    init(_ ended: clinux_exit) {
        self.init(
            userTime: .microseconds(ended.user_microseconds),
            systemTime: .microseconds(ended.system_microseconds),
            peakMemory: Int(ended.peak_kilobytes) * 1024
        )
    }
}
