import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections
import Platform

/// The reply to `stats`, with every key of Celery's (reference, 7.7).
struct WorkerStatistics: Sendable {
    let corridor: Corridor
    let configuration: WorkerConfiguration
    let logical: LogicalClock
    let startedAt: ContinuousClock.Instant

    var json: JSONValue {
        var stats: JSONObject = [
            "total": .object(corridor.totals.values.mapValues { .integer(Int64($0)) }),
            "pid": .integer(Int64(configuration.processID)),
            // A text, in Celery's replies, too.
            "clock": .string(String(logical.time)),
            "uptime": .integer((ContinuousClock.now - startedAt).components.seconds),
            "pool": pool,
            "broker": broker,
            "prefetch_count": .integer(Int64(corridor.prefetch.current)),
            "rusage": Self.usage(.ofThisProcess),
        ]
        if let autoscaling = corridor.autoscaling {
            let (bounds, size) = (autoscaling.bounds, autoscaling.size)
            stats["autoscaler"] = [
                "max": .integer(Int64(bounds.maximum)), "min": .integer(Int64(bounds.minimum)),
                "current": .integer(Int64(size)), "qty": .integer(Int64(corridor.pool.running.count)),
            ]
        }
        return .object(stats)
    }

    private var pool: JSONValue {
        let (pool, settings) = (corridor.pool, configuration.settings)
        let capacity = JSONValue.integer(Int64(pool.capacity))
        switch pool.kind {
        case .threads:
            return [
                "implementation": "swiftworker:ThreadPool", "max-concurrency": capacity, "threads": capacity,
            ]
        case .solo:
            return [
                "implementation": "swiftworker:SoloPool", "max-concurrency": 1,
                "processes": [.integer(Int64(configuration.processID))], "max-tasks-per-child": .null,
                "put-guarded-by-semaphore": true, "timeouts": [],
            ]
        case .prefork:
            let limits = [
                settings.workerSoftTimeLimit ?? settings.taskSoftTimeLimit,
                settings.workerTimeLimit ?? settings.taskTimeLimit,
            ]
            return [
                "implementation": "swiftworker:ProcessPool", "max-concurrency": capacity,
                "processes": .array(pool.processes.map { .integer(Int64($0)) }),
                "max-tasks-per-child": settings.workerMaxTasksPerChild.map { .integer(Int64($0)) } ?? "N/A",
                "put-guarded-by-semaphore": true,
                "timeouts": .array(limits.map { Self.seconds(($0 ?? .zero) / .seconds(1)) }),
                // Each child takes a task when it is idle: there are no pipes that fill up.
                "writes": "N/A",
            ]
        }
    }

    private var broker: JSONValue {
        let address = configuration.broker.address
        return [
            "hostname": .string(address.host), "userid": .string(address.user),
            "virtual_host": .string(address.virtualHost), "port": .integer(Int64(address.port)), "insist": false,
            "ssl": .bool(address.isTLS), "transport": .string(address.isTLS ? "amqps" : "amqp"),
            "connect_timeout": Self.seconds(address.connectTimeout), "transport_options": [:], "login_method": "PLAIN",
            "uri_prefix": .null, "heartbeat": .double(address.heartbeat), "failover_strategy": "round-robin",
            "alternates": .array(address.alternates.map { .string($0) }), "credential_provider": .null,
        ]
    }

    /// Whole seconds as Python's integers.
    private static func seconds(_ count: Double) -> JSONValue {
        Int64(exactly: count).map { .integer($0) } ?? .double(count)
    }

    private static func usage(_ usage: ResourceUsage) -> JSONValue {
        let counts: [(String, Int)] = [
            ("maxrss", usage.maximumResidentSize), ("ixrss", 0), ("idrss", 0), ("isrss", 0),
            ("minflt", usage.minorFaults), ("majflt", usage.majorFaults), ("nswap", 0), ("inblock", usage.blocksRead),
            ("oublock", usage.blocksWritten), ("msgsnd", 0), ("msgrcv", 0), ("nsignals", 0),
            ("nvcsw", usage.voluntarySwitches), ("nivcsw", usage.involuntarySwitches),
        ]
        var json: JSONObject = ["utime": .double(usage.userTime), "stime": .double(usage.systemTime)]
        for (name, count) in counts { json[name] = .integer(Int64(count)) }
        return .object(json)
    }
}
