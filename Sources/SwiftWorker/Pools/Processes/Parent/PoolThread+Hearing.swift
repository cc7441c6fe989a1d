import CeleryProtocol
import Logging
import Processes

// What the children say.

extension PoolThread {
    /// Handles what is ready. What children print comes first: it was printed before the outcome of its task.
    func handle(_ ready: [Poller.Ready]) {
        for event in ready where PoolProcess.Source(event.token) == .output { readOutput(of: event) }
        for event in ready {
            guard let child = children[PoolProcess.number(event.token)] else { continue }
            switch PoolProcess.Source(event.token) {
            case .tasks:
                if event.isWritable { flush(child) }
                if event.isReadable { receive(from: child) }
            case .control: receiveControl(from: child)
            case .exit: exited(child)
            case .output, nil: break
            }
        }
    }

    private func readOutput(of event: Poller.Ready) {
        guard let child = children[PoolProcess.number(event.token)], let output = child.outputDescriptor else { return }
        // One read: who prints a lot holds nobody up.
        if readOutput(of: child) == .closed { poller.remove(output) }
    }

    private func readOutput(of child: PoolProcess) -> StreamSocket.Received {
        let received = child.readOutput(into: &buffer)
        guard case .bytes(let count) = received else { return received }
        child.output.append(buffer[..<count], at: .now) { log($0, of: child) }
        return received
    }

    private func log(_ line: String, of child: PoolProcess) {
        guard let request = child.job?.request else { return logger.log(level: options.outputLevel, "\(line)") }
        logger.log(
            level: options.outputLevel,
            "\(line)",
            metadata: ["task_name": "\(request.task.name)", "task_id": "\(request.id)"]
        )
    }

    private func tellDropped(by child: PoolProcess) {
        let dropped = child.output.takeDropped()
        guard dropped > 0 else { return }
        parts.counters.outputDropped.increment(by: dropped)
        log(
            "(\(dropped) bytes that were printed too fast are not in the log: \(ChildOutput.rate) a second are)",
            of: child
        )
    }

    private func receive(from child: PoolProcess) {
        let received = child.receive()
        handleFrames(of: child)
        if received == .closed || received == .stolen { channelClosed(child) }
    }

    func handleFrames(of child: PoolProcess) {
        do {
            while !child.isPaused, let frame = try child.nextFrame() { handle(frame, of: child) }
        } catch {
            kill(child, .lost(.protocolViolation("\(error)")))
        }
    }

    private func receiveControl(from child: PoolProcess) {
        do {
            switch try child.receiveControl() {
            case true: _ = child.life.handle(.pong, at: .now)
            case false: break
            case nil:
                poller.remove(child.control.descriptor)
                channelClosed(child)
            }
        } catch {
            kill(child, .lost(.protocolViolation("\(error)")))
        }
    }

    private func flush(_ child: PoolProcess) {
        guard child.flush() else { return channelClosed(child) }
        if !child.hasUnsent { poller.change(child.tasks.descriptor, child.taskInterest, token: child.token(.tasks)) }
        accept(child)
    }

    private func handle(_ frame: ChildFrame, of child: PoolProcess) {
        switch frame {
        case .ready:
            guard child.life.phase == .starting else { return }
            let now = ContinuousClock.now
            _ = child.life.handle(.ready, at: now)
            logger.debug("Child process \(child.id) is ready after \((now - child.since).numberText(decimals: 6)) s")
            remind(at: child.life.due)
            starts.succeeded()
            idle.append(child)
            tellChildren()
        case .outcome(let number, let outcome):
            // The task may have ended otherwise in the meantime.
            guard child.job?.number == number else { return }
            finish(child, outcome)
        case .state(let number, let name, let meta): store(name, meta, number, child)
        case .publish(let number, let id, let message): publish(message, id, number, child)
        case .event(let number, let type, let fields):
            if let job = child.job, job.number == number { parts.effects.sendEvent(type, fields, of: job.request) }
        case .log(let line): logger.log(level: line.level, "\(line.message)", metadata: line.metadata)
        }
    }

    /// A task has ended: the child gets the next one first, and then the rest follows from the outcome.
    private func finish(_ child: PoolProcess, _ outcome: Outcome) {
        tellDropped(by: child)
        guard let job = takeJob(of: child) else { return }
        let isOurs = shared.end(job.number)
        if child.life.phase == .idle { release(child) }
        dispatch()
        if isOurs { conclude(job, outcome) }
    }

    /// Takes the job off a child; it is told of by the caller.
    func takeJob(of child: PoolProcess) -> PoolProcess.RunningJob? {
        guard let job = child.endJob(at: .now) else { return nil }
        busyCount -= 1
        return job
    }

    /// Lets a child wait for its next task, unless it has had enough.
    private func release(_ child: PoolProcess) {
        if let limit = options.maxMemory, !child.isSpent, let size = ProcessMemory.resident(of: child.id), size > limit
        {
            logger.info("Child process \(child.id) has \(size) KiB of memory, more than \(limit), and is replaced")
            spend(child)
            parts.counters.childrenRecycled.increment()
        } else if child.isSpent {
            parts.counters.childrenRecycled.increment()
        }
        if child.isSpent || isStopped { retire(child) } else { idle.append(child) }
    }

    /// Hands on the outcome when what the body has asked for is done.
    func conclude(_ job: PoolProcess.RunningJob, _ outcome: Outcome) {
        let (finished, isTold) = (report.finished, report.outcomeIsTold)
        guard let effects = job.effects else { return finished(job.request, outcome) }
        // Nobody else knows of it any more, and a shutdown has to wait for it.
        report.outcomeIsDue()
        effects.conclude { failure in
            defer { isTold() }
            switch (outcome, failure) {
            case (.success, let failure?), (.ignored, let failure?):
                var exception = PythonException(failure)
                exception.traceback = TaskRunner.traceback(exception, of: job.request.task.name)
                finished(job.request, .failure(exception))
            default: finished(job.request, outcome)
            }
        }
    }

    // What is left of a child when it has ended.

    /// Takes in what a child has said and printed before it ended, and what its end means.
    private func exited(_ child: PoolProcess) {
        guard let end = child.end else { return }
        let phase = child.life.phase
        _ = child.life.handle(.exited, at: .now)
        child.isPaused = false
        handleFrames(of: child)
        while case .bytes = child.receive() { handleFrames(of: child) }
        var reads = 0
        while case .bytes = readOutput(of: child), reads < 64 { reads += 1 }
        child.output.finish { log($0, of: child) }
        tellDropped(by: child)
        judge(child, end, phase)
        remove(child, isClean: phase == .retiring && end.status.isSuccess)
    }

    private func judge(
        _ child: PoolProcess,
        _ end: (status: ExitStatus, usage: ResourceUsage),
        _ phase: ChildLife.Phase
    ) {
        let cause = child.cause(of: end.status)
        if phase != .retiring || !end.status.isSuccess { parts.counters.childrenLost.increment() }
        if let job = takeJob(of: child) {
            if job.isSent, case .terminated? = job.watch.cause, let cause = job.watch.cause {
                if shared.end(job.number) { conclude(job, .stopped(by: cause)) }
                return
            }
            let loss = WorkerLoss(
                cause: cause,
                job: job.number,
                processID: child.id,
                peakMemory: child.peakMemory(end.usage),
                lastLines: child.output.lastLines
            )
            if job.isSent {
                if shared.end(job.number) { conclude(job, .lost(loss)) }
            } else if !shared.putBack(job.number) {
                report.finished(job.request, .cancelled(.shutdown))
            }
        } else if phase != .retiring, child.life.verdict != .taskEnded {
            let text = "\(cause)" + child.output.lastLines.map { "\n  \($0)" }.joined()
            if child.taskCount == 0 {
                startFailed(child.life.verdict == .overdue ? "it took too long" : text, at: .now)
            } else {
                logger.warning("Child process \(child.id) ended while it waited for a task: \(text)")
            }
        }
    }

    private func remove(_ child: PoolProcess, isClean: Bool) {
        forgetIdle(child)
        children[child.number] = nil
        tellChildren()
        needsStaff = true
        for descriptor in [child.exitDescriptor, child.control.descriptor, child.tasks.descriptor] {
            poller.remove(descriptor)
        }
        if let output = child.outputDescriptor { poller.remove(output) }
        let remains = Remains(child.takeProcess(), mark: child.mark)
        if isClean { return remains.clear(sweeping: false) }
        sweeps += 1
        remains.clearInBackground { [shared] in shared.order(.swept) }
    }

    func forgetIdle(_ child: PoolProcess) {
        idle.removeAll { $0 === child }
    }
}
