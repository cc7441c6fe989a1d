import BrokerModel
import CeleryProtocol
import Logging
import Processes

// Limits, cancellation and the ends of children, and what bodies ask for.

extension PoolThread {
    /// How often the memory of busy children is looked at, where it has a limit.
    static let memoryPause: Duration = .milliseconds(250)

    func tick(_ child: PoolProcess, at now: ContinuousClock.Instant) {
        switch child.life.handle(.tick, at: now) {
        case .ping: child.ping()
        case .kill: end(child)
        case .closeChannel, .nothing: break
        }
        remind(at: child.life.due)
        guard let job = child.job else { return }
        switch child.job?.watch.tick(at: now) {
        case .soft(let limit):
            report.softLimitPassed(job.request, limit)
            child.cancel(job.number, .softTimeLimit(limit))
        case .hard(let limit): endJob(of: child, .timedOut(limit))
        case .force(let cause): endJob(of: child, .stopped(by: cause))
        case .nothing, nil: checkMemory(of: child, at: now)
        }
        remind(at: child.job?.watch.due)
    }

    private func checkMemory(of child: PoolProcess, at now: ContinuousClock.Instant) {
        guard let limit = options.memoryLimit, child.life.phase == .busy else { return }
        remind(at: now + Self.memoryPause)
        guard let size = ProcessMemory.resident(of: child.id), size > limit else { return }
        kill(child, .lost(.memory(limit: limit)))
    }

    /// Ends a body by force, and tells how.
    private func endJob(of child: PoolProcess, _ outcome: Outcome) {
        kill(child, .taskEnded)
        guard let job = takeJob(of: child), shared.end(job.number) else { return }
        conclude(job, outcome)
    }

    func cancel(_ jobs: Set<Int>, _ cause: CancellationCause, _ grace: Duration) {
        let end = ContinuousClock.now + grace
        for child in children.values {
            guard let number = child.job?.number, jobs.contains(number) else { continue }
            // What the body has started in its process group hears the signal. The child itself disregards most: its body
            // may clean up, until the grace is over.
            if case .terminated(let signal) = cause { child.signal(signal) }
            child.cancel(number, cause)
            child.job?.watch.cancel(cause, until: end)
            remind(at: end)
        }
    }

    /// Kills the children of jobs that are told of already.
    func kill(_ jobs: Set<Int>) {
        for child in Array(children.values) {
            guard let number = child.job?.number, jobs.contains(number) else { continue }
            kill(child, .taskEnded)
            _ = takeJob(of: child)
        }
    }

    func kill(_ child: PoolProcess, _ verdict: ChildLife.Verdict) {
        if child.life.kill(verdict) { end(child) }
    }

    /// Kills a child whose life says so. Its exit tells the rest.
    private func end(_ child: PoolProcess) {
        child.notePeak()
        child.kill()
        forgetIdle(child)
        needsStaff = true
        switch child.life.verdict {
        case .lost(let cause): logger.error("Child process \(child.id) is killed: \(cause)")
        case .notReady(let time): logger.error("Child process \(child.id) is not ready after \(time.secondsText) s")
        case .overdue: logger.warning("Child process \(child.id) did not exit in time and is killed")
        case .taskEnded, nil: break
        }
    }

    /// Lets a child go that is not busy.
    func retire(_ child: PoolProcess) {
        // It has nothing to finish, and may never become ready.
        if child.life.phase == .starting { return kill(child, .taskEnded) }
        forgetIdle(child)
        guard child.life.handle(.retire, at: .now) == .closeChannel else { return }
        child.tasks.finishSending()
        remind(at: child.life.due)
    }

    /// The other side has closed a channel: it dies, and its exit follows, or it will be killed.
    func channelClosed(_ child: PoolProcess) {
        poller.remove(child.tasks.descriptor)
        forgetIdle(child)
        _ = child.life.handle(.channelClosed, at: .now)
        remind(at: child.life.due)
        needsStaff = true
    }

    // What bodies ask for.

    func store(_ name: String, _ meta: JSONFragment, _ number: Int, _ child: PoolProcess) {
        guard let job = child.job, job.number == number else {
            return logger.warning("The state \(name) of a task that has ended is not stored")
        }
        let effects = beginEffect(of: child)
        let (counters, logger) = (parts.counters, logger)
        parts.effects.store(name, meta, of: job.request) { error in
            if let error {
                counters.unstored.increment()
                logger.error(
                    "Task \(job.request.task.name)[\(job.request.id)]: state \(name) could not be stored: \(error)"
                )
            }
            effects.end(nil)
        }
    }

    func publish(_ message: OutgoingMessage, _ id: String, _ number: Int, _ child: PoolProcess) {
        let request = child.job?.number == number ? child.job?.request : nil
        let effects = request == nil ? nil : beginEffect(of: child)
        let logger = logger
        parts.effects.publish(message, id: id, of: request) { error in
            if let error {
                let publisher = request.map { "Task \($0.task.name)[\($0.id)]" } ?? "A task that has ended"
                logger.error("\(publisher): the task \(id) could not be published: \(error)")
            }
            effects?.end(error)
        }
    }

    private func beginEffect(of child: PoolProcess) -> JobEffects {
        let number = child.number
        let effects = child.job?.effects ?? JobEffects { [shared] in shared.order(.resume(child: number)) }
        child.job?.effects = effects
        if effects.begin() { pause(child, true) }
        return effects
    }

    /// Stops reading from a child that asks for too much, or goes on. One that has exited says no more than is there,
    /// and its outcome may be behind that.
    func pause(_ child: PoolProcess, _ isPaused: Bool) {
        guard child.isPaused != isPaused, child.life.phase != .exited else { return }
        child.isPaused = isPaused
        poller.change(child.tasks.descriptor, child.taskInterest, token: child.token(.tasks))
        if !isPaused { handleFrames(of: child) }
    }
}
