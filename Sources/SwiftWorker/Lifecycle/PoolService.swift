import Logging
import ServiceLifecycle

/// The pool's part in the worker's life: tasks run until the shutdown reaches it; then they finish, or are cancelled.
struct PoolService: Service {
    let corridor: Corridor
    let shutdown: ShutdownController
    let logger: Logger

    func run() async throws {
        let scaling = Task { [admission = corridor.admission] in await admission.scale() }
        try? await gracefulShutdown()
        scaling.cancel()
        await drain()
    }

    private func drain() async {
        let settings = corridor.settings
        var drain = Drain(
            timeout: settings.workerDrainTimeout,
            softTimeout: settings.workerSoftShutdownTimeout,
            isSoftWhenIdle: settings.workerEnableSoftShutdownOnIdle
        )
        let (events, sender) = AsyncStream.makeStream(of: Drain.Event.self)
        var waiting = watch(sender)
        defer { for task in waiting { task.cancel() } }
        for await event in events {
            switch drain.receive(event, isSoft: shutdown.phase == .soft) {
            case .wait: continue
            case .beginSoft(let time):
                logger.warning("Initiating Soft Shutdown, terminating in \(time.numberText) seconds")
                waiting.append(Self.after(time, .softOver, sender))
            case .cancel(let timeout):
                if let line = shutdown.endSoft() { logger.warning("\(line)") }
                if let timeout {
                    logger.warning(
                        "\(corridor.pool.running.count) tasks still run after \(timeout.numberText) s: cancelling them"
                    )
                }
                await corridor.cancelRunning()
                return
            case .end: return
            }
        }
    }

    private func watch(_ sender: AsyncStream<Drain.Event>.Continuation) -> [Task<Void, Never>] {
        let (pool, shutdown) = (corridor.pool, shutdown)
        var tasks = [
            Task {
                await pool.finish()
                sender.yield(.finished)
            },
            Task {
                await shutdown.wait(for: .soft)
                if shutdown.phase == .soft { sender.yield(.soft(isIdle: pool.running.isEmpty)) }
                await shutdown.wait(for: .cold)
                if shutdown.phase == .cold { sender.yield(.cold) }
            },
        ]
        if let timeout = corridor.settings.workerDrainTimeout { tasks.append(Self.after(timeout, .timedOut, sender)) }
        return tasks
    }

    private static func after(
        _ time: Duration,
        _ event: Drain.Event,
        _ sender: AsyncStream<Drain.Event>.Continuation
    ) -> Task<Void, Never> {
        Task {
            do { try await Task.sleep(for: time) } catch { return }
            sender.yield(event)
        }
    }
}
