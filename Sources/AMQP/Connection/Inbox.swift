import CLinux
import Glibc
import Threads

/// What other threads ask of a connection's thread.
///
/// Its eventfd is written only when the thread sleeps or is about to, and only once: while the thread works it looks
/// here by itself.
final class Inbox: Sendable {
    private struct State {
        var commands: [Command] = []
        /// The thread is awake, or has been told to be.
        var isAwake = true
        var end: AMQPError?
    }

    private let state = Lock(State())
    /// -1 if the process has no descriptor left.
    let descriptor: Int32

    init() {
        descriptor = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
    }

    deinit {
        if descriptor >= 0 { Glibc.close(descriptor) }
    }

    /// Hands a command to the thread.
    ///
    /// - Returns: the reason when the connection has ended; then the command was not taken.
    func post(_ command: Command) -> AMQPError? {
        state.withLock { state in
            if let end = state.end { return end }
            state.commands.append(command)
            wake(&state)
            return nil
        }
    }

    private func wake(_ state: inout State) {
        guard !state.isAwake else { return }
        state.isAwake = true
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    /// Takes all commands; called by the thread.
    func take(into commands: inout [Command]) {
        state.withLock { state in
            swap(&state.commands, &commands)
        }
    }

    /// Lets the thread sleep, unless there is something to do.
    func maySleep() -> Bool {
        state.withLock { state in
            guard state.commands.isEmpty else { return false }
            state.isAwake = false
            return true
        }
    }

    /// Called by the thread when it has slept.
    func awoke() {
        let wasSignalled = state.withLock { state in
            defer { state.isAwake = true }
            return state.isAwake
        }
        if wasSignalled {
            var count: UInt64 = 0
            _ = read(descriptor, &count, 8)
        }
    }

    /// Takes no more commands.
    ///
    /// - Returns: the commands that were not carried out.
    func close(_ reason: AMQPError) -> [Command] {
        state.withLock { state in
            state.end = state.end ?? reason
            defer { state.commands = [] }
            return state.commands
        }
    }
}
