import BrokerModel
import CeleryProtocol
import JSON
import Logging

/// Does what commands say, to the worker, at once; `add_consumer` and `cancel_consumer` soon (Celery reference, 7.8).
struct ControlCommands: Sendable {
    let corridor: Corridor
    let queues: ConsumedQueues
    /// What the worker began with: also the queues that `-Q` made and its own.
    let firstQueues: [QueueTopology]
    let tasks: TaskRegistry
    let settings: Settings
    let nodeName: String
    let clock: WorkerClock
    let inspection: WorkerInspection
    /// `nil` where the worker sends no events at all.
    let events: EventDispatcher?
    /// `nil` where it takes part in no elections.
    let gossip: Gossip?
    let shutDown: @Sendable () -> Void
    let logger: Logger

    func carryOut(_ command: ControlCommand) -> ControlAnswer {
        switch command {
        case .inspect(let command): ControlAnswer(inspection.answer(command))
        case .revoke(let revocation):
            ControlAnswer(corridor.revoke(revocation), keeping: .revoked(ids: revocation.ids))
        case .revokeByStampedHeaders(let revocation):
            ControlAnswer(corridor.revoke(revocation), keeping: .revokedStamps(revocation.revokedStamps))
        case .rateLimit(let task, let limit): changeLimit(of: task, to: limit)
        case .addConsumer(let consumer): add(consumer)
        case .cancelConsumer(let queue): cancel(queue)
        case .timeLimit(let task, let soft, let hard): changeLimits(of: task, soft: soft, hard: hard)
        case .setTaskEvents(let enabled): setTaskEvents(enabled)
        case .heartbeat: announce()
        case .election(let id, let topic, let action): elect(id, topic, action)
        case .resizePool(let count): resizePool(by: count)
        case .restartPool: restartPool()
        case .autoscale(let maximum, let minimum): autoscale(maximum, minimum)
        case .shutdown(let message): stop(message)
        case .pause(let pause): self.pause(pause)
        case .resume(let pause): resume(pause)
        }
    }

    private func changeLimit(of task: String, to value: JSONValue) -> ControlAnswer {
        let limit: RateLimit?
        do {
            limit = try RateLimit.parse(value)
        } catch {
            return ControlAnswer(ControlReply.rateLimitInvalid(error))
        }
        guard tasks.task(named: task) != nil else {
            logger.error("Rate limit attempt for unknown task \(task)")
            return ControlAnswer(ControlReply.unknownTask)
        }
        corridor.admission.setRateLimit(of: task, to: limit)
        if let limit {
            logger.info("New rate limit for tasks of type \(task): \(limit).")
        } else {
            logger.info("Rate limits disabled for tasks of type \(task)")
        }
        return ControlAnswer(
            ControlReply.rateLimitSet(value),
            keeping: .rateLimit(task: task, limit: limit?.description ?? "")
        )
    }

    private func add(_ consumer: ControlConsumer) -> ControlAnswer {
        let queue = defined(consumer.queue) ?? consumer.topology(maxPriority: settings.taskQueueMaxPriority)
        queues.add(queue.withCompanions(settings))
        return ControlAnswer(ControlReply.consumerAdded(consumer.queue))
    }

    private func cancel(_ queue: String) -> ControlAnswer {
        queues.cancel(queue)
        return ControlAnswer(ControlReply.consumerCancelled(queue))
    }

    /// A queue as the worker began with it, else as the settings define it: with other arguments the broker refuses it.
    private func defined(_ name: String) -> QueueTopology? {
        if let queue = firstQueues.first(where: { $0.queue.name == name }) { return queue }
        guard settings.configuredQueueNames.contains(name) else { return nil }
        let plan = try? QueuePlan(settings: settings, selecting: [name], nodeName: nodeName)
        return plan?.consumed.first { $0.queue.name == name }
    }

    private func pause(_ command: ControlPause) -> ControlAnswer {
        let since = clock.wall()
        guard corridor.board.change({ $1.add(Pause(command, since: since)) }) else {
            return ControlAnswer(ControlReply.error("\(Pauses.maximum) pauses are in force, and there can't be more"))
        }
        logger.warning("Pausing \(command.target)s '\(command.pattern)'\(command.reason.map { ": \($0)" } ?? "")")
        switch command.target {
        case .queue: queues.pausesChanged()
        case .task: corridor.parkPaused()
        }
        return ControlAnswer(ControlReply.paused(command), keeping: .paused(command, since: since))
    }

    private func resume(_ command: ControlPause) -> ControlAnswer {
        let pause = corridor.board.change { $1.lift(command.target, command.pattern) }
        logger.warning("Resuming \(command.target)s '\(command.pattern)'")
        var isResumed = pause != nil
        switch command.target {
        case .queue: queues.pausesChanged()
        case .task:
            // Those that have retried too often pause of themselves.
            let types = corridor.board.retryBudget?.resume(matching: command.pattern) ?? []
            isResumed = isResumed || !types.isEmpty
        }
        return ControlAnswer(
            ControlReply.resumed(command, wasPaused: isResumed),
            keeping: .resumed(command.target, pattern: command.pattern)
        )
    }
}
