import BrokerModel
import CeleryProtocol
import JSON
import Logging
import Threads

/// What remote control does to the tasks that the corridor has.
extension Corridor {
    /// How many ids of a command are in its log line.
    private static let loggedIDs = 100

    /// Takes out what waits here and has not started: for its ETA, its turn or a slot.
    func withdraw(where selects: (Request) -> Bool) -> [Request] {
        let held = waitingRoom.remove(where: selects) + rates.remove(where: selects)
        return admission.withdraw(held: held, where: selects)
    }

    /// Follows `revoke` and `terminate`.
    func revoke(_ command: ControlRevocation) -> JSONValue {
        board.change { revocations, _ in revocations.add(command, at: .now) }
        let ids = Set(command.ids)
        let effects = discard(where: { ids.contains($0.id) }) { Revocations.effects(of: command, known: $0) }
        if !command.terminates {
            let more = command.ids.count > Self.loggedIDs ? " and \(command.ids.count - Self.loggedIDs) more" : ""
            let ids = command.ids.prefix(Self.loggedIDs).joined(separator: ", ")
            logger.info("Tasks flagged as revoked: \(ids)\(more)")
        }
        return effects.reply
    }

    /// Takes what another worker knows to be revoked.
    func learnRevoked(_ ids: [String]) {
        board.change { revocations, _ in revocations.ids.merge(ids, at: .now) }
        discardRevoked()
    }

    /// Changes the number of slots.
    func resize(by count: Int) {
        let capacity = max(1, pool.capacity + count)
        pool.resize(to: capacity)
        prefetch.resize(concurrency: capacity)
    }

    /// Changes the bounds of a pool that grows and shrinks; `nil` leaves one as it is.
    ///
    /// - Returns: the bounds now; `nil` for a pool that does not.
    func autoscale(maximum: Int?, minimum: Int?) -> AutoscaleBounds? {
        guard let autoscaling else { return nil }
        let old = autoscaling.bounds
        // As in Celery: a maximum below the minimum takes it along.
        let maximum = max(1, maximum ?? max(old.maximum, minimum ?? 0))
        let bounds = AutoscaleBounds(maximum, min(minimum ?? old.minimum, maximum))
        autoscaling.setBounds(bounds, of: pool)
        prefetch.resize(concurrency: bounds.maximum)
        return bounds
    }

    /// Follows `revoke_by_stamped_headers`.
    func revoke(_ command: ControlStampRevocation) -> JSONValue {
        board.change { revocations, _ in revocations.add(command) }
        var stamps = RevokedStamps()
        for stamp in command.revokedStamps { stamps.add(stamp.name, stamp.value) }
        let matches = { @Sendable [stamps] (request: Request) in stamps.match(request.headers) != nil }
        return discard(where: matches) { Revocations.effects(of: command, known: $0) }.reply
    }

    /// Completes as revoked what waits here and is so.
    func discardRevoked() {
        for request in withdraw(where: { [board] in board.revocation(of: $0.headers) != nil }) {
            completion.complete(request, .revoked(.before(reason(request))))
        }
    }

    /// Parks what waits here of paused tasks.
    func parkPaused() {
        let requests = withdraw { [board] request in
            if case .paused? = board.objection(to: request.headers) { true } else { false }
        }
        for request in requests { parking.parkPaused(request, for: nil) }
    }

    /// Waits until nothing of a queue runs here any more, and its last delivery should be settled; or until the calling task
    /// is cancelled.
    func settled(_ queue: String) async {
        while pool.running.contains(where: { $0.request.envelope.message.queue == queue }) {
            do { try await Task.sleep(for: .milliseconds(50)) } catch { return }
        }
        _ = await within(settings.publishTimeout, completion.drain)
    }

    /// Completes what waits here as revoked, and terminates what runs.
    private func discard(
        where selects: @escaping @Sendable (Request) -> Bool,
        _ effects: ([Revocations.KnownTask]) -> Revocations.Effects
    ) -> Revocations.Effects {
        // First those that wait: one that starts meanwhile is found among the running ones.
        let waiting = withdraw(where: selects)
        for request in waiting { completion.complete(request, .revoked(.before(reason(request)))) }
        let running = pool.running.map(\.request).filter(selects)
        let effects = effects(
            waiting.map { Revocations.KnownTask(headers: $0.headers, isRunning: false) }
                + running.map { Revocations.KnownTask(headers: $0.headers, isRunning: true) }
        )
        for termination in effects.terminate {
            logger.info("Terminating \(termination.id) (\(termination.signal))")
            pool.cancelRunning(
                .terminated(signal: termination.signal),
                grace: Self.cancellationGrace,
                where: { $0.id == termination.id }
            )
        }
        return effects
    }

    /// Why a task is revoked; one that has been forgotten meanwhile was by its id.
    private func reason(_ request: Request) -> Revocations.Reason { board.revocation(of: request.headers) ?? .id }
}
