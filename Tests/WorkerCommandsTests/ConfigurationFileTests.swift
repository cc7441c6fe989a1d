import SwiftWorker
import Testing

@testable import WorkerCommands

@Suite struct ConfigurationFileTests {
    @Test(arguments: [
        ("task_ack_late: true", "w.yaml:1:1: unknown setting 'task_ack_late'; did you mean 'task_acks_late'?"),
        ("enable_utc: true\n  \nBROKER_URL: x", "w.yaml:3:1: unknown setting 'BROKER_URL'; did you mean 'broker_url'?"),
        ("worker:\n  cpu: {}", "w.yaml:1:1: unknown setting 'worker'; did you mean 'workers'?"),
        (
            "enable_utc: true\ntask_acks_late: 3",
            "w.yaml:2:17: task_acks_late: expected true or false, found an integer"
        ),
        ("worker_concurrency: [1]", "w.yaml:1:21: worker_concurrency: expected an integer of at least 0, found a list"),
        ("worker_concurrency: '3'", "w.yaml:1:21: worker_concurrency: expected an integer of at least 0, found '3'"),
        ("task_default_queue: 3", "w.yaml:1:21: task_default_queue: expected a string, found an integer"),
        ("broker_url:", "w.yaml:1:12: broker_url: expected a URL or a list of URLs"),
        ("enable_utc: true\nenable_utc: false", "w.yaml:2:1: 'enable_utc' is given twice"),
        ("task_queues:\n  a: {}\n  b: {}\n  a: {}", "w.yaml:4:3: 'a' is given twice"),
        ("task_queues: [a, b, a]", "w.yaml:1:21: task_queues: queue 'a' is given twice"),
        (
            "task_queues:\n  a:\n    routing_kye: x",
            "w.yaml:3:5: task_queues: unknown key 'routing_kye' in task_queues.a; did you mean 'routing_key'?"
        ),
        (
            "task_queues:\n  a:\n    max_priority: 300",
            "w.yaml:3:19: task_queues.a.max_priority: expected an integer from 1 to 255, found 300"
        ),
        (
            "task_routes:\n  a.*: {queu: b}",
            "w.yaml:2:9: task_routes: unknown key 'queu' in task_routes['a.*']; did you mean 'queue'?"
        ),
        ("task_routes:\n  a.*: {}", "w.yaml:2:8: task_routes['a.*'] names no queue"),
        ("broker_use_ssl: {cert_reqs: CERT_MAYBE}", "expected CERT_REQUIRED or CERT_NONE, found 'CERT_MAYBE'"),
        ("- a\n- b", "w.yaml:1:1: expected a map of settings, found a list"),
        ("a: [1, 2", "not YAML: "),
        ("a: b: c", "w.yaml:1:5: not YAML: mapping values are not allowed in this context"),
    ])
    func mistakesHaveTheirPlace(text: String, message: String) throws {
        let error = try #require(throws: SettingsError.self) {
            var effective = EffectiveSettings()
            try effective.apply(file: try SettingsLayersTests.file(text))
        }
        #expect(error.description.contains(message), "\(error)")
        #expect(error.description.hasPrefix("w.yaml:"))
    }

    @Test func plainWordsStayText() throws {
        let root = try SettingsLayersTests.file("[no, yes, 1, 1.5, -3, true, ~, '1', 1a, 1e3, .5, 0x10, 2026-01-01]")
        #expect(
            root == [
                "no", "yes", 1, 1.5, -3, true, nil, "1", "1a", 1000.0, 0.5, "0x10", "2026-01-01",
            ]
        )
    }

    @Test func nothingIsAnEmptyFile() throws {
        for text in ["", "# only a comment\n", "---\n"] {
            var effective = EffectiveSettings()
            try effective.apply(file: try SettingsLayersTests.file(text))
            #expect(effective.entries().allSatisfy { $0.source == .builtIn })
        }
    }

    @Test func aliasesCannotGrowWithoutEnd() throws {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            let item = "*a\(level - 1)"
            text += "a\(level): &a\(level) [" + Array(repeating: item, count: 10).joined(separator: ", ") + "]\n"
        }
        let error = try #require(throws: SettingsError.self) { try SettingsLayersTests.file(text) }
        #expect(error.message.contains("too much"))
    }

    @Test func queuesAndRoutesAreRead() throws {
        var effective = EffectiveSettings()
        try effective.apply(
            file: try SettingsLayersTests.file(
                """
                task_queues:
                  fast:
                    exchange: jobs
                    exchange_type: topic
                    routing_key: fast.#
                    max_priority: 9
                    message_ttl: 1.5
                    queue_arguments: {x-queue-mode: lazy, x-max-length: 10}
                    consumer_arguments: {x-priority: 5}
                  plain:
                task_routes:
                  - a.b: fast
                  - c.*: {queue: plain, routing_key: k}
                broker_use_ssl: {ca_certs: /ca.pem, cert_reqs: ssl.CERT_NONE}
                """
            )
        )
        let settings = effective.settings
        let fast = try #require(settings.taskQueues.first)
        #expect(fast.name == "fast")
        #expect(fast.exchange == "jobs")
        #expect(fast.exchangeType == "topic")
        #expect(fast.routingKey == "fast.#")
        #expect(fast.maxPriority == 9)
        #expect(
            fast.arguments == [
                "x-message-ttl": .integer(1500), "x-queue-mode": .string("lazy"), "x-max-length": .integer(10),
            ]
        )
        #expect(fast.consumerArguments == ["x-priority": .integer(5)])
        #expect(settings.taskQueues.last == QueueSettings(name: "plain"))
        #expect(settings.taskRoutes.map(\.pattern) == ["a.b", "c.*"])
        #expect(settings.taskRoutes.last?.routingKey == "k")
        #expect(settings.brokerUseSSL?.caCertificates == "/ca.pem")
        #expect(settings.brokerUseSSL?.verifiesPeer == false)
        #expect(settings.brokerUseSSL?.verifiesHostName == false)
    }

    @Test func theShippedFileIsRight() throws {
        let path = try packageFolder() + "/config/swiftworker.yaml"
        let found = try #require(try ConfigurationFile.find(named: path, environment: [:]))
        var effective = EffectiveSettings()
        try effective.apply(file: found.root)
        #expect(effective.warnings.isEmpty)
        let settings = effective.settings
        #expect(settings.taskAcksLate)
        #expect(settings.taskTrackStarted)
        #expect(settings.configuredQueueNames == ["processing_cpu", "async_operations", "maintenance"])
        let routes = RouteTable(settings: settings)
        #expect(routes.queue(of: "api.tasks.processing.trim_video") == "processing_cpu")
        #expect(routes.queue(of: "api.tasks.upload.anything") == "async_operations")
        #expect(routes.queue(of: "maintenance.cleanup") == "maintenance")
        // What Celery's producers declare for a queue they meet by name.
        let names = settings.configuredQueueNames
        let plan = try QueuePlan(settings: settings, nodeName: "w@h")
        let byName = try QueuePlan(settings: Settings(), selecting: names, nodeName: "w@h")
        #expect(plan.consumed == byName.consumed)
        // The workers of the operations guide.
        try WorkerSection.check(settings.workers)
        #expect(settings.workers.map(\.name) == ["cpu", "async", "maintenance"])
        #expect(settings.workers.map(\.queues) == names.map { [$0] })
        #expect(settings.workers.map(\.pool) == [.prefork, .threads, .prefork])
        #expect(settings.workers.map(\.concurrency) == ["3", "20", "1"])
    }

    @Test func theFileIsFoundInItsOrder() throws {
        try withTemporaryFolder { folder in
            try write("enable_utc: true", to: folder + "/a.yaml")
            try write("enable_utc: true", to: folder + "/b.yaml")
            let environment = ["SWIFTWORKER_CONFIG": folder + "/b.yaml"]
            let named = try ConfigurationFile.find(named: folder + "/a.yaml", environment: environment)
            #expect(named?.path == folder + "/a.yaml")
            let found = try ConfigurationFile.find(named: nil, environment: environment)
            #expect(found?.path == folder + "/b.yaml")
            let error = try #require(throws: SettingsError.self) {
                try ConfigurationFile.find(named: folder + "/c.yaml", environment: [:])
            }
            #expect(error.code == .unreadable)
            #expect(error.exitCode == 2)
        }
    }
}
