import CLinux
import Glibc

/// What a process does for itself when it serves a parent over inherited descriptors.
public enum PoolChildSide {
    /// Prepares the process: it outlives the signals that are meant for its parent, survives a closed pipe, and prints
    /// each line at once.
    public static func prepare() {
        clinux_disregard_signals()
        signal(SIGPIPE, SIG_IGN)
        clinux_buffer_output_by_line()
    }

    /// Writes a line to standard error.
    public static func complain(_ text: String) {
        let bytes = Array((text + "\n").utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }

    /// Ends the process now, whatever its threads do.
    public static func exitAtOnce(_ code: Int32) -> Never { _exit(code) }
}
