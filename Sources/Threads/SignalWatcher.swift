import CLinux
import Glibc

/// Delivers signals of the process to a handler on a thread of its own, where everything may be called.
public enum SignalWatcher {
    /// Watches signals from now on, instead of their default action. One watcher serves the process; watching again
    /// replaces it.
    ///
    /// - Throws: `ThreadError` when the system refuses.
    public static func watch(
        _ signals: [Int32],
        handler: @escaping @Sendable (Int32) -> Void
    ) throws(ThreadError) {
        var ends: [Int32] = [0, 0]
        guard clinux_signal_pipe(&ends) == 0 else { throw ThreadError(operation: "pipe2", errno: errno) }
        let (reader, writer) = (ends[0], ends[1])
        try OperatingThread.start(name: "signals") {
            var byte: UInt8 = 0
            while true {
                let count = read(reader, &byte, 1)
                if count == 1 { handler(Int32(byte)) } else if count == 0 || errno != EINTR { return }
            }
        }
        for signal in signals {
            guard clinux_watch_signal(signal, writer) == 0 else {
                throw ThreadError(operation: "sigaction", errno: errno)
            }
        }
    }
}
