import Logging
import ServiceLifecycle

/// Remote control's part in the worker's life. It answers while tasks finish, too, and stops when the last delivery is
/// settled.
struct ControlService: Service {
    let connection: ControlConnection
    let receiver: ControlReceiver
    let panel: ControlPanel
    let replies: ControlReplies
    let keeper: ControlKeeper
    let mingle: Mingle?
    let gossip: Gossip?
    /// Takes what the control store has, when it was read again.
    let refreshed: @Sendable (ControlState) -> Void
    /// How long the connection's closing may take, and what is still to be written and answered.
    let closeLimit: Duration
    let logger: Logger

    func run() async throws {
        let serving = Task { await serve() }
        let electing = Task { await gossip?.run() }
        defer { electing.cancel() }
        try? await gracefulShutdown()
        let isDone = await within(closeLimit) {
            await connection.close()
            receiver.close()
            mingle?.close()
            await serving.value
        }
        guard !isDone else { return }
        serving.cancel()
        logger.warning("control: The connection could not be closed in time; going on without")
    }

    private func serve() async {
        async let connected: Void = connection.run()
        async let kept: Void = keeper.run(refreshed)
        async let replied: Void = replies.run()
        async let mingled: Void? = mingle?.run()
        await panel.run(receiver.letters)
        keeper.close()
        await kept
        replies.close()
        await replied
        _ = await mingled
        await connected
    }
}
