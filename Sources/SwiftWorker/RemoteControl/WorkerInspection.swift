import BrokerModel
import CeleryProtocol
import JSON
import Logging
import OrderedCollections
import Platform

/// Answers the commands that only ask (Celery reference, 7.5).
struct WorkerInspection: Sendable {
    let corridor: Corridor
    let queues: ConsumedQueues
    let configuration: WorkerConfiguration
    let logical: LogicalClock
    let statistics: WorkerStatistics
    let payloads: PayloadDecoder
    let logger: Logger

    func answer(_ command: InspectCommand) -> JSONValue {
        switch command {
        case .ping: ControlReply.pong
        case .clock: ["clock": .integer(Int64(logical.time))]
        case .report: ControlReply.ok(WorkerReport.text(configuration))
        case .conf(let withDefaults): settings(withDefaults)
        case .hello(let node, let revoked): hello(node, revoked)
        case .stats: statistics.json
        case .active(let isSafe): active(isSafe)
        case .reserved: waiting
        case .scheduled: scheduled
        case .revoked: .array(corridor.board.revokedIDs.map { .string($0) })
        case .registered(let attributes, let builtIns): registered(attributes, builtIns)
        case .queryTask(let ids): query(Set(ids))
        case .activeQueues: .array(queues.consumed.map(QueueInfo.json))
        case .memorySample: Self.memory.map { .string($0) } ?? .null
        case .memoryDump: .string(Self.memory.map { "- rss: \($0)\n" } ?? "")
        case .objectGraph: ControlReply.error("ImportError('Requires the objgraph library')")
        }
    }

    /// What is here and waits for a slot or for its turn.
    private var reserved: [Request] { corridor.pool.waiting + corridor.admission.kept + corridor.rates.held }

    private static var memory: String? {
        ResourceUsage.residentBytes.map { bytes in
            (Duration.seconds(1) * bytes / (1 << 20)).numberText(decimals: 3) + "MB"
        }
    }

    /// - Parameter room: how many bytes of bodies the reply has room for; behind them the producers' texts are shown.
    private func info(
        _ request: Request,
        _ room: inout Int,
        isSafe: Bool = false,
        running: RunningTask? = nil
    ) -> JSONValue {
        let isText = isSafe || room <= 0
        // Texts compress to a tenth or so. What is larger than is shown whole is shown as texts anyway.
        let growth = request.headers.compression == nil ? 1 : 10
        room -= min(request.envelope.message.body.count * growth, RequestInfo.maximumBody)
        return RequestInfo(
            request,
            isSafe: isText,
            running: running,
            payloads: payloads,
            clock: configuration.clock,
            processID: configuration.processID
        ).json
    }

    private func active(_ isSafe: Bool) -> JSONValue {
        var room = RequestInfo.maximumBodies
        return .array(corridor.pool.running.map { info($0.request, &room, isSafe: isSafe, running: $0) })
    }

    private var waiting: JSONValue {
        var room = RequestInfo.maximumBodies
        return .array(reserved.map { info($0, &room) })
    }

    private var scheduled: JSONValue {
        var room = RequestInfo.maximumBodies
        let entries = corridor.waitingRoom.requests.map { request -> JSONValue in
            let eta = request.headers.eta.map { JSONValue.string($0.iso8601()) } ?? .null
            return ["eta": eta, "priority": 6, "request": info(request, &room)]
        }
        return .array(entries)
    }

    private func query(_ ids: Set<String>) -> JSONValue {
        var found: JSONObject = [:]
        var room = RequestInfo.maximumBodies
        func add(_ state: String, _ request: Request, _ running: RunningTask? = nil) {
            guard ids.contains(request.id), found[request.id] == nil else { return }
            found[request.id] = [.string(state), info(request, &room, running: running)]
        }
        for running in corridor.pool.running { add("active", running.request, running) }
        for request in reserved { add("reserved", request) }
        for request in corridor.waitingRoom.requests { add("scheduled", request) }
        return .object(found)
    }

    /// A worker starts, or is back: each learns what the other knows to be revoked (8.1).
    private func hello(_ node: String, _ revoked: [String]) -> JSONValue {
        guard node != configuration.nodeName else { return .null }
        logger.info("sync with \(node)")
        if !revoked.isEmpty { corridor.learnRevoked(revoked) }
        let ids = corridor.board.change { revocations, _ in
            revocations.ids.purge(at: .now)
            return revocations.ids.ids
        }
        return ["revoked": .array(ids.map { .string($0) }), "clock": .integer(Int64(logical.forward()))]
    }

    private func settings(_ withDefaults: Bool) -> JSONValue {
        let entries = configuration.effective?.entries() ?? []
        let shown = entries.filter { withDefaults || $0.source != .builtIn }
        var values = JSONObject(shown.map { ($0.definition.name, $0.value.jsonValue) }) { $1 }
        // Celery's replies always have them; here no modules are imported.
        values["include"] = []
        values["deprecated_settings"] = .null
        return .object(values)
    }

    private func registered(_ attributes: [String], _ builtIns: Bool) -> JSONValue {
        let wanted = attributes.isEmpty ? ["exchange", "routing_key", "rate_limit"] : attributes
        let lines = configuration.tasks.names.sorted().filter { builtIns || !$0.hasPrefix("celery.") }.map { name in
            let values = wanted.compactMap { attribute in
                value(of: attribute, name).map { "\(attribute)=\($0)" }
            }
            return JSONValue.string(values.isEmpty ? name : "\(name) [\(values.joined(separator: " "))]")
        }
        return .array(lines)
    }

    /// An attribute of a task as Python prints it; `nil` for one that is not set, or unknown here.
    private func value(of attribute: String, _ name: String) -> String? {
        guard let task = configuration.tasks.task(named: name) else { return nil }
        let options = task.options
        let policy = TaskPolicy(of: name, options: options, settings: configuration.settings)
        let limits = corridor.timeLimits.limits(of: name)
        func text(_ value: Bool?) -> String? { value.map { $0 ? "True" : "False" } }
        func text(_ value: Duration?) -> String? { value.map(\.numberText) }
        return switch attribute {
        case "name": name
        case "rate_limit": corridor.rates.limit(of: name)?.description
        case "max_retries": options.retryPolicy.maxRetries.map(String.init)
        case "default_retry_delay": text(options.retryPolicy.retryDelay)
        case "acks_late": text(policy.acksLate)
        case "acks_on_failure_or_timeout": text(policy.acksOnFailure)
        case "reject_on_worker_lost": text(policy.rejectsOnWorkerLost)
        case "ignore_result": text(policy.ignoresResult)
        case "store_errors_even_if_ignored": text(policy.storesErrorsEvenIfIgnored)
        case "track_started": text(policy.tracksStarted)
        case "send_events": text(options.sendsEvents ?? true)
        case "time_limit": text(limits == nil ? options.timeLimit : limits?.hard)
        case "soft_time_limit": text(limits == nil ? options.softTimeLimit : limits?.soft)
        default: nil
        }
    }
}
