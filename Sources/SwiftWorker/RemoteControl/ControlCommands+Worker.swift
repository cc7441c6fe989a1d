import CeleryProtocol
import JSON
import Logging

/// Commands about the worker as a whole.
extension ControlCommands {
    func changeLimits(of task: String, soft: Double?, hard: Double?) -> ControlAnswer {
        guard let registered = tasks.task(named: task) else {
            logger.error("Change time limit attempt for unknown task \(task)")
            return ControlAnswer(ControlReply.unknownTask)
        }
        let limits = KeptTimeLimits(soft: soft, hard: hard)
        corridor.timeLimits.set(limits, of: registered, settings)
        let texts = [soft, hard].map { $0.map { "\($0)" } ?? "None" }
        logger.info("New time limits for tasks of type \(task): soft=\(texts[0]) hard=\(texts[1])")
        return ControlAnswer(ControlReply.timeLimitsSet, keeping: .timeLimits(task: task, limits))
    }

    func setTaskEvents(_ enabled: Bool) -> ControlAnswer {
        guard let events else { return ControlAnswer(ControlReply.noDispatcher) }
        let isChange = events.setTaskEvents(enabled)
        if isChange { logger.info("Events of group {task} \(enabled ? "enabled" : "disabled") by remote.") }
        return ControlAnswer(ControlReply.taskEvents(enabled, isChange: isChange))
    }

    func announce() -> ControlAnswer {
        events?.send(.announcement)
        return ControlAnswer(.null)
    }

    func elect(_ id: String, _ topic: String, _ action: JSONValue) -> ControlAnswer {
        gossip?.begin(id, topic: topic, action: action)
        return ControlAnswer(.null)
    }

    func resizePool(by count: Int) -> ControlAnswer {
        guard corridor.autoscaling == nil else { return ControlAnswer(ControlReply.poolScalesItself(count)) }
        guard corridor.pool.kind != .solo else {
            let verb = count < 0 ? "shrink" : "grow"
            let problem = "'TaskPool' object has no attribute '\(verb)'"
            return ControlAnswer(
                ControlReply.error(PythonException(type: "AttributeError", arguments: [.string(problem)]))
            )
        }
        guard corridor.pool.capacity + count >= 1 else {
            return ControlAnswer(
                ControlReply.error(PythonException.valueError("Can't shrink pool below 1 of \(corridor.pool.capacity)"))
            )
        }
        corridor.resize(by: count)
        logger.info("The pool has \(corridor.pool.capacity) slots, by remote")
        return ControlAnswer(ControlReply.poolResized(by: count))
    }

    func restartPool() -> ControlAnswer {
        guard settings.workerPoolRestarts else {
            return ControlAnswer(ControlReply.error(PythonException.valueError("Pool restarts not enabled")))
        }
        corridor.pool.restart()
        return ControlAnswer(ControlReply.reloadStarted)
    }

    func autoscale(_ maximum: Int?, _ minimum: Int?) -> ControlAnswer {
        guard let bounds = corridor.autoscale(maximum: maximum, minimum: minimum) else {
            return ControlAnswer(ControlReply.error(PythonException.valueError("Autoscale not enabled")))
        }
        return ControlAnswer(ControlReply.autoscaled(maximum: bounds.maximum, minimum: bounds.minimum))
    }

    func stop(_ message: String) -> ControlAnswer {
        logger.warning("\(message)")
        shutDown()
        return ControlAnswer(nil)
    }
}
