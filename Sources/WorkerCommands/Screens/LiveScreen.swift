import Platform
import SwiftWorker
import Threads

/// A terminal that shows something and takes keys: all that happens to it comes as one stream, in its order.
final class LiveScreen<News: Sendable>: Sendable {
    enum Input: Sendable {
        case key(Key)
        case news(News)
        /// Time has passed: what is shown may have aged.
        case tick
        case resized
        /// A signal, or the terminal is gone.
        case quit
    }

    let inputs: AsyncStream<Input>
    private let sender: AsyncStream<Input>.Continuation
    private let terminal: Terminal
    private let painter: ScreenPainter
    private let ticker: Task<Void, Never>

    /// Takes the terminal over.
    ///
    /// - Parameter interval: between two ticks.
    /// - Throws: `PlatformError` or `ThreadError`; then the terminal is as it was.
    init(isColoured: Bool, interval: Duration) throws {
        let (inputs, sender) = AsyncStream.makeStream(of: Input.self)
        let terminal = try Terminal()
        let signals = Lock(0)
        try SignalWatcher.watch(Self.endings + [Self.stop, Self.windowChange]) { signal in
            // To stop would leave the terminal as it is.
            if signal == Self.stop { return }
            guard signal != Self.windowChange else { return _ = sender.yield(.resized) }
            let count = signals.withLock { count in
                count += 1
                return count
            }
            sender.yield(.quit)
            // Whoever has to ask again waits for something that hangs.
            guard count > 1 else { return }
            terminal.restore()
            ThisProcess.exitAtOnce(128 + signal)
        }
        try OperatingThread.start(name: "keys") {
            while let bytes = terminal.readKeys() {
                for key in Key.read(bytes) { sender.yield(.key(key)) }
            }
            sender.yield(.quit)
        }
        ticker = Task {
            while true {
                do { try await Task.sleep(for: interval) } catch { return }
                sender.yield(.tick)
            }
        }
        self.inputs = inputs
        self.sender = sender
        self.terminal = terminal
        painter = ScreenPainter(isColoured: isColoured)
    }

    /// HUP, INT, QUIT, USR1, USR2, ALRM, TERM: whatever ends a process that does not watch for it.
    private static var endings: [Int32] { [1, 2, 3, 10, 12, 14, 15] }
    /// TSTP.
    private static var stop: Int32 { 20 }
    private static var windowChange: Int32 { 28 }

    var size: Terminal.Size { terminal.size }

    func send(_ news: News) { sender.yield(.news(news)) }

    func draw(_ lines: [ScreenLine]) {
        let size = terminal.size
        FileDescriptor.write(
            painter.paint(lines, rows: size.rows, columns: size.columns),
            to: FileDescriptor.standardOutput
        )
    }

    /// Puts the terminal back as it was.
    func end() {
        ticker.cancel()
        sender.finish()
        terminal.restore()
    }
}
