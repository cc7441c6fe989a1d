import CLinux
import Glibc
import Synchronization

/// The terminal as a whole screen: keys come one by one and unseen, and what was on it comes back in the end.
///
/// It is put back by `restore()`, by the last owner's going, and when the process crashes; not by `kill -9`.
public final class Terminal: Sendable {
    /// Rows and columns.
    public struct Size: Sendable, Hashable {
        public var rows: Int
        public var columns: Int

        public init(rows: Int, columns: Int) {
            self.rows = rows
            self.columns = columns
        }
    }

    private let input: Int32
    private let output: Int32
    private let mode: Mutex<termios?>

    /// The other screen, without cursor; and back. `StaticString`s live as long as the process, as a crash needs.
    private static let enter: StaticString = "\u{1B}[?1049h\u{1B}[?25l\u{1B}[2J"
    private static let leave: StaticString = "\u{1B}[0m\u{1B}[?25h\u{1B}[?1049l"

    /// Takes the terminal over. ^C still interrupts; ^Z and ^\ do nothing, which would leave it as it is.
    ///
    /// - Throws: `PlatformError`, for example when there is none.
    public init(
        input: Int32 = FileDescriptor.standardInput,
        output: Int32 = FileDescriptor.standardOutput
    ) throws(PlatformError) {
        var before = termios()
        guard tcgetattr(input, &before) == 0 else { throw PlatformError("read the terminal's mode") }
        var mode = before
        mode.c_lflag &= ~tcflag_t(ICANON | ECHO | IEXTEN)
        mode.c_iflag &= ~tcflag_t(IXON | ICRNL)
        withUnsafeMutableBytes(of: &mode.c_cc) { keys in
            keys[Int(VSUSP)] = 0
            keys[Int(VQUIT)] = 0
            keys[Int(VMIN)] = 1
            keys[Int(VTIME)] = 0
        }
        let text = UnsafeRawPointer(Self.leave.utf8Start).assumingMemoryBound(to: CChar.self)
        guard clinux_guard_terminal(input, &before, text) == 0, tcsetattr(input, TCSAFLUSH, &mode) == 0 else {
            throw PlatformError("set the terminal's mode")
        }
        self.input = input
        self.output = output
        self.mode = Mutex(before)
        FileDescriptor.write(Array(Self.enter.description.utf8), to: output)
    }

    deinit { restore() }

    /// Puts the terminal back as it was; once.
    public func restore() {
        guard var before = mode.withLock({ $0.take() }) else { return }
        FileDescriptor.write(Array(Self.leave.description.utf8), to: output)
        tcsetattr(input, TCSAFLUSH, &before)
        clinux_unguard_terminal()
    }

    /// How large it is now; 24 times 80 when it does not say.
    public var size: Size {
        var size = winsize()
        guard ioctl(output, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0, size.ws_col > 0 else {
            return Size(rows: 24, columns: 80)
        }
        return Size(rows: Int(size.ws_row), columns: Int(size.ws_col))
    }

    /// Waits for keys and gives their bytes; `nil` when the terminal is gone.
    public func readKeys() -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 256)
        while true {
            let count = read(input, &bytes, bytes.count)
            if count > 0 { return Array(bytes[..<count]) }
            if count == 0 || errno != EINTR { return nil }
        }
    }
}
