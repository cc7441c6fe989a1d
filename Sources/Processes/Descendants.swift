import CLinux
import Glibc

/// What a process has started, wherever it has gone: into a group or a session of its own, or to another parent.
///
/// Found by the session, or by an entry of the environment that the process had from its start and that its own children
/// inherit. A program that clears its environment and leaves the session is not found.
struct Descendants {
    /// The process whose descendants they are, and its session. It must not be reaped yet: its id is taken by it.
    let session: Int32
    /// `NAME=value`.
    let entry: String

    /// Kills them, and comes back until none is left.
    func sweep(within limit: Duration) {
        let deadline = ContinuousClock.now + limit
        while true {
            let found = scan()
            if found.isEmpty || ContinuousClock.now >= deadline { return }
            usleep(2_000)
        }
    }

    /// One round: kills all that live and reaps those that are left to this process.
    ///
    /// - Returns: those that are not gone yet.
    private func scan() -> [Int32] {
        let own = getpid()
        return ProcessList.ids().filter { id in
            guard id != session, id != own, isDescendant(id, ProcessList.status(of: id)) else { return false }
            // Through a descriptor, and after a second look: by then the id may be another process's.
            let descriptor = clinux_pidfd_open(id)
            guard descriptor >= 0 else { return false }
            defer { Glibc.close(descriptor) }
            guard let status = ProcessList.status(of: id), isDescendant(id, status) else { return false }
            if !status.isZombie {
                clinux_pidfd_signal(descriptor, SIGKILL)
                return true
            }
            // Orphans of process 1 or of a subreaper are its to reap; else whoever is their parent does.
            guard status.parent == own else { return false }
            var ended = clinux_exit()
            _ = clinux_reap(id, &ended)
            return false
        }
    }

    private func isDescendant(_ id: Int32, _ status: ProcessList.Status?) -> Bool {
        guard let status else { return false }
        return status.session == session || (!status.isZombie && ProcessList.hasEntry(entry, in: id))
    }
}
