import CLinux
import Glibc

/// One run of a program: the loop that reads its pipes and watches its end. Blocks its thread.
struct CommandRun: ~Copyable {
    private let command: Command
    private let child: ChildProcess
    private let output: OwnedDescriptor
    private let error: OwnedDescriptor
    private let wakeup: Wakeup
    private let onErrorLine: (@Sendable (String) -> Void)?
    private var phase: RunPhase
    private var capturedOutput: CapturedOutput
    private var capturedError: CapturedOutput
    private var lines = LineSplitter(limit: 8 << 10)
    private var outputIsOpen = true
    private var errorIsOpen = true
    private var sawCancellation = false
    private var sawExit = false

    /// Starts the program.
    init(
        _ command: Command,
        _ settings: CommandRunner,
        _ wakeup: Wakeup,
        _ onErrorLine: (@Sendable (String) -> Void)?
    ) throws(ProcessError) {
        let outputPipe = try Pipe()
        let errorPipe = try Pipe()
        child = try ChildProcess(command, descriptors: [nil, outputPipe.writeEnd.raw, errorPipe.writeEnd.raw])
        // The ends for writing are the child's alone from here on: else the pipes would never end.
        output = outputPipe.intoReadEnd()
        error = errorPipe.intoReadEnd()
        output.setNonBlocking()
        error.setNonBlocking()
        self.command = command
        self.wakeup = wakeup
        self.onErrorLine = onErrorLine
        phase = RunPhase(deadline: settings.timeout.map { Self.now() + $0 }, grace: settings.grace)
        capturedOutput = CapturedOutput(limits: settings.outputLimits)
        capturedError = CapturedOutput(limits: settings.errorLimits)
    }

    /// Runs the loop to the program's end.
    consuming func finish() throws(ProcessError) -> CommandResult {
        while !step() {}
        if let onErrorLine { lines.finish(onErrorLine) }
        let cause = phase.cause
        let name = command.executable
        let standardOutput = capturedOutput
        let standardError = capturedError
        let end = try child.reap()
        if let cause {
            throw ProcessError(cause, "\(name) \(cause == .timedOut ? "ran longer than allowed" : "was cancelled")")
        }
        return CommandResult(
            status: end.status,
            standardOutput: standardOutput,
            standardError: standardError,
            usage: end.usage
        )
    }

    /// Waits for something to happen and deals with it. Returns whether the run is over.
    private mutating func step() -> Bool {
        // A negative descriptor is skipped by poll.
        var entries = [
            pollfd(fd: outputIsOpen ? output.raw : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: errorIsOpen ? error.raw : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: sawExit ? -1 : child.exitDescriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: sawCancellation ? -1 : wakeup.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        _ = poll(&entries, nfds_t(entries.count), pollTimeout())

        if entries[0].revents != 0 { readOutput() }
        if entries[1].revents != 0 { readError() }
        var isOver = false
        if !outputIsOpen && !errorIsOpen { isOver = apply(.outputsEnded) || isOver }
        if entries[2].revents != 0 {
            sawExit = true
            isOver = apply(.leaderExited) || isOver
        }
        if entries[3].revents != 0 {
            sawCancellation = true
            isOver = apply(.cancelled) || isOver
        }
        return apply(.tick) || isOver
    }

    private mutating func apply(_ event: RunPhase.Event) -> Bool {
        switch phase.handle(event, at: Self.now()) {
        case .nothing: return false
        case .terminate: child.signalGroup(SIGTERM)
        case .kill: child.signalGroup(SIGKILL)
        case .finish: return true
        }
        return false
    }

    private mutating func readOutput() {
        outputIsOpen = Self.read(output) { capturedOutput.append($0) }
    }

    private mutating func readError() {
        let onErrorLine = onErrorLine
        errorIsOpen = Self.read(error) { bytes in
            capturedError.append(bytes)
            if let onErrorLine { lines.append(bytes, onErrorLine) }
        }
    }

    /// Reads what is there, one buffer at most so that no pipe starves the others. Returns whether more may come.
    private static func read(_ descriptor: borrowing OwnedDescriptor, _ take: (UnsafeRawBufferPointer) -> Void) -> Bool
    {
        let raw = descriptor.raw
        return withUnsafeTemporaryAllocation(byteCount: 32 << 10, alignment: 1) { buffer in
            let count = Glibc.read(raw, buffer.baseAddress, buffer.count)
            if count > 0 {
                take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                return true
            }
            return count < 0 && (errno == EAGAIN || errno == EINTR)
        }
    }

    /// Milliseconds until the next decision is due, rounded up; -1 for none.
    private func pollTimeout() -> Int32 {
        guard let instant = phase.nextInstant else { return -1 }
        let (seconds, attoseconds) = max(.zero, instant - Self.now()).components
        guard seconds < 86_400 else { return 86_400_000 }
        return Int32(seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }

    private static func now() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
