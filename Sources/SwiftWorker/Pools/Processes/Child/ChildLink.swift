import Processes
import Threads

/// The child's end of the channel for tasks. Any thread may send; the slot's thread receives.
final class ChildLink: Sendable {
    let settings: ChildSettings
    private let socket: StreamSocket
    private let encoder = Lock(FrameEncoder())
    private let inbox: Lock<FrameInbox>

    /// Takes the channel and waits for the hello.
    ///
    /// - Throws: `FrameError` when something else comes.
    init(_ socket: consuming StreamSocket) throws(FrameError) {
        var inbox = FrameInbox(limit: FrameLimits.hello)
        guard case .hello(let settings) = try Self.next(in: &inbox, from: socket) else {
            throw FrameError("the parent is gone, or did not say hello")
        }
        inbox.limit = settings.frameLimit
        self.settings = settings
        self.socket = socket
        self.inbox = Lock(inbox)
    }

    /// Waits for the next frame; `nil` when the parent wants the child to end.
    func receive() throws(FrameError) -> ParentFrame? {
        try inbox.withLock { inbox throws(FrameError) in try Self.next(in: &inbox, from: socket) }
    }

    /// Sends a frame, waiting for a parent that is slow. Without a parent the process ends.
    ///
    /// - Throws: when the frame is longer than the limit; nothing was sent then.
    func send(_ frame: ChildFrame) throws(FrameError) {
        try encoder.withLock { encoder throws(FrameError) in
            encoder.removeAll()
            frame.write(to: &encoder)
            let length = encoder.bytes.count - FrameEncoder.lengthSize
            guard length <= settings.frameLimit else {
                throw FrameError("\(length) bytes, where \(settings.frameLimit) are the limit")
            }
            if socket.send(encoder.bytes, waits: true) == nil {
                PoolChildSide.exitAtOnce(PoolChild.disconnectedCode)
            }
        }
    }

    private static func next(
        in inbox: inout FrameInbox,
        from socket: borrowing StreamSocket
    ) throws(FrameError) -> ParentFrame? {
        while true {
            if let frame = try inbox.next() { return try ParentFrame(frame) }
            switch inbox.fill(from: socket, waits: true) {
            case .bytes, .nothing: break
            case .closed: return nil
            case .stolen: PoolChildSide.exitAtOnce(PoolChild.disconnectedCode)
            }
        }
    }
}
