import Processes
import Threads

/// Serves a child's channel for control: answers pings and cancels the body.
///
/// A class, since a thread's closure can't own a socket.
final class ControlThread: Sendable {
    private let socket: StreamSocket
    private let current: CurrentJob

    init(_ socket: consuming StreamSocket, _ current: CurrentJob) {
        self.socket = socket
        self.current = current
    }

    /// Serves until the parent is gone, and ends the process then, also in the middle of a body.
    ///
    /// A body that closes the channel loses it; the parent sees that by itself.
    func serve() {
        var inbox = FrameInbox(limit: FrameLimits.control)
        while true {
            do {
                while let frame = try inbox.next() { handle(try ControlFrame(frame)) }
            } catch {
                PoolChildSide.complain("a pool child ends: its parent sent \(error)")
                PoolChildSide.exitAtOnce(1)
            }
            switch inbox.fill(from: socket, waits: true) {
            case .bytes, .nothing: break
            case .closed: PoolChildSide.exitAtOnce(PoolChild.disconnectedCode)
            case .stolen: return
            }
        }
    }

    private func handle(_ frame: ControlFrame) {
        switch frame {
        case .ping(let number): _ = socket.send(ControlFrame.pong(number).bytes, waits: true)
        case .cancel(let job, let cause): current.cancel(job, cause)
        case .pong: break
        }
    }
}
