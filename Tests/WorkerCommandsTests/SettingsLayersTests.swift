import ArgumentParser
import SwiftWorker
import Testing

@testable import WorkerCommands

@Suite struct SettingsLayersTests {
    static func file(_ text: String) throws -> ConfigurationNode {
        try YAMLTree.parse(text) { .file(path: "w.yaml", line: $0, column: $1) }
    }

    static func load(
        file text: String = "",
        environment: [String: String] = [:],
        options: [SettingsLoader.Given] = [],
        overrides: [String] = []
    ) throws -> EffectiveSettings {
        try withTemporaryFolder { folder in
            let path = folder + "/w.yaml"
            try write(text, to: path)
            let loader = SettingsLoader(file: path, environment: environment, options: options, overrides: overrides)
            return try loader.load()
        }
    }

    @Test func laterLayersWin() throws {
        let file = "broker_url: amqp://file//\nworker_concurrency: 3\ntask_acks_late: true\n"
        var effective = try Self.load(file: file)
        #expect(effective.settings.brokerURL == "amqp://file//")
        #expect(effective.source(of: "broker_url").description.hasSuffix("/w.yaml:1"))
        #expect(effective.source(of: "worker_prefetch_multiplier") == .builtIn)

        let environment = ["CELERY_BROKER_URL": "amqp://celery//", "SWIFTWORKER_WORKER_CONCURRENCY": "5"]
        effective = try Self.load(file: file, environment: environment)
        #expect(effective.settings.brokerURL == "amqp://celery//")
        #expect(effective.source(of: "broker_url") == .environment("CELERY_BROKER_URL"))
        #expect(effective.settings.workerConcurrency == 5)
        #expect(effective.settings.taskAcksLate)

        let options = [
            SettingsLoader.Given(setting: "broker_url", text: "amqp://flag//", source: .flag("-b")),
            SettingsLoader.Given(setting: "worker_concurrency", text: "7", source: .flag("-c")),
        ]
        effective = try Self.load(file: file, environment: environment, options: options)
        #expect(effective.settings.brokerURL == "amqp://flag//")
        #expect(effective.source(of: "broker_url").description == "flag -b")
        #expect(effective.settings.workerConcurrency == 7)

        effective = try Self.load(file: file, environment: environment, options: options, overrides: [".concurrency=9"])
        #expect(effective.settings.workerConcurrency == 9)
    }

    @Test(arguments: [
        (["SWIFTWORKER_TASK_ACKS_LATE": "yes"], "task_acks_late", "true"),
        (["SWIFTWORKER_BROKER_HEARTBEAT": "0"], "broker_heartbeat", "0"),
        (["SWIFTWORKER_BROKER_CONNECTION_TIMEOUT": "2.5"], "broker_connection_timeout", "2.5"),
        (["SWIFTWORKER_ACCEPT_CONTENT": "json, application/json"], "accept_content", "[json, application/json]"),
        (["SWIFTWORKER_LOG_FORMAT": "json"], "swiftworker_log_format", "json"),
        (["SWIFTWORKER_SWIFTWORKER_LOG_FORMAT": "json"], "swiftworker_log_format", "json"),
        (["SWIFTWORKER_TASK_ROUTES": "{a.b: fast}"], "task_routes", "{a.b: fast}"),
        (["SWIFTWORKER_TASK_QUEUES": "a,b"], "task_queues", "{a: {}, b: {}}"),
        (["SWIFTWORKER_BROKER_CONNECTION_MAX_RETRIES": "none"], "broker_connection_max_retries", "null"),
        (["CELERY_RESULT_BACKEND": "rpc://"], "result_backend", "rpc://"),
        (["CELERY_BROKER_READ_URL": "amqp://u:p@r//"], "broker_read_url", "\"amqp://u:**@r//\""),
        (["CELERY_BROKER_WRITE_URL": "amqp://w//"], "broker_write_url", "amqp://w//"),
        (["CELERY_BROKER_URL": "amqp://a//", "CELERY_BROKER": "amqp://b//"], "broker_url", "amqp://b//"),
        (["CELERY_BROKER_URL": "amqp://a//", "SWIFTWORKER_BROKER_URL": "amqp://c//"], "broker_url", "amqp://c//"),
        (["SWIFTWORKER_BROKER_USE_SSL": "true"], "broker_use_ssl", "{cert_reqs: CERT_REQUIRED, check_hostname: true}"),
    ])
    func theEnvironmentSetsAnything(environment: [String: String], name: String, shown: String) throws {
        let effective = try Self.load(environment: environment)
        let entry = try #require(effective.entries().first { $0.definition.name == name })
        #expect(entry.value.yaml == shown)
        #expect(entry.source.description.hasPrefix("environment "))
    }

    @Test(arguments: [
        (["SWIFTWORKER_WORKER_CONCURRENCY": "many"], "expected an integer of at least 0, found 'many'"),
        (["SWIFTWORKER_TASK_ACKS_LATE": "perhaps"], "expected true or false, found 'perhaps'"),
        (["SWIFTWORKER_BROKER_HEARTBEAT": "-1"], "expected a number of seconds from 0 to 1000000000, found -1.0"),
        (["SWIFTWORKER_WORKER_POOL": "thread"], "found 'thread'; did you mean 'threads'?"),
        (["SWIFTWORKER_TASK_DEFAULT_QUEUE_TYPE": "stream"], "expected one of classic, quorum, found 'stream'"),
        (["SWIFTWORKER_TASK_ANNOTATIONS": "{a: {acks_late: true}}"], "task_annotations is not supported"),
    ])
    func aWrongValueNamesItsVariable(environment: [String: String], message: String) throws {
        let error = try #require(throws: SettingsError.self) { try Self.load(environment: environment) }
        let variable = try #require(environment.keys.first)
        #expect(error.description.hasPrefix("environment variable \(variable): "))
        #expect(error.description.contains(message), "\(error)")
    }

    @Test func unknownVariablesWarnButPlatformsMayHaveTheirs() throws {
        let environment = [
            "SWIFTWORKER_TASK_ACK_LATE": "1", "SWIFTWORKER_SERVICE_HOST": "10.0.0.1",
            "SWIFTWORKER_PORT_5672_TCP": "tcp://10.0.0.1:5672", "SWIFTWORKER_CONFIG": "",
        ]
        let effective = try Self.load(environment: environment)
        #expect(effective.warnings.count == 1)
        #expect(effective.warnings.first?.contains("did you mean 'task_acks_late'?") == true)
    }

    @Test func settingsWithoutEffectWarnOnceUnlessHarmless() throws {
        let effective = try Self.load(
            file: """
                task_compression: gzip
                worker_hijack_root_logger: false
                broker_pool_limit: 10
                worker_enable_remote_control: false
                imports: [proj.tasks]
                worker_lost_wait: 10
                """
        )
        #expect(effective.warnings.count == 2)
        #expect(effective.warnings.first?.contains("task_compression has no effect yet") == true)
        #expect(effective.warnings.last?.contains("imports has no effect: tasks are compiled in") == true)
        #expect(effective.entries().contains { $0.definition.name == "task_compression" && $0.value == "gzip" })
    }

    @Test(arguments: [
        ("result_serializer: pickle", "results are written as JSON only"),
        ("broker_host: rabbit", "write it into broker_url"),
    ])
    func whatWouldLoseWorkIsRefused(file: String, message: String) throws {
        let error = try #require(throws: SettingsError.self) { try Self.load(file: file) }
        #expect(error.code == .refused)
        #expect(error.description.contains(message))
    }

    @Test func passwordsAreNeverShown() throws {
        let effective = try Self.load(
            file:
                """
                broker_url: [amqp://u:hush@a//, 'amqp://u:hush@b//']
                redis_password: hush
                security_key_password: hush
                swiftworker_control_url: postgresql://u:hush@db/control?password=hush
                """
        )
        let command = try #require(try RootCommand.parseAsRoot(["config"]) as? ConfigCommand)
        let json = try #require(try RootCommand.parseAsRoot(["config", "--json"]) as? ConfigCommand)
        #expect(effective.settings.brokerURL == "amqp://u:hush@a//;amqp://u:hush@b//")
        for text in [command.text(effective), json.text(effective)] {
            #expect(!text.contains("hush"))
            #expect(text.contains("amqp://u:**@a//;amqp://u:**@b//"))
            #expect(text.contains("********"))
            #expect(text.contains("postgresql://u:**@db/control?password=**"))
        }
        for warning in effective.warnings { #expect(!warning.contains("hush")) }
    }

    @Test(arguments: [
        ("worker.prefetch_multiplier=1", "worker_prefetch_multiplier", "1"),
        ("WORKER_PREFETCH_MULTIPLIER=2", "worker_prefetch_multiplier", "2"),
        (".prefetch_multiplier=(int)3", "worker_prefetch_multiplier", "3"),
        ("task.routes={a: q}", "task_routes", "{a: q}"),
        ("broker.url=amqp://h//v=1", "broker_url", "\"amqp://h//v=1\""),
    ])
    func argumentsOverride(argument: String, name: String, shown: String) throws {
        let effective = try Self.load(overrides: [argument])
        let entry = try #require(effective.entries().first { $0.definition.name == name })
        #expect(entry.value.yaml == shown)
    }

    @Test func aWrongOverrideIsAUsageError() throws {
        for argument in ["worker.prefetch_multiplyer=1", "worker_concurrency=x", "nonsense"] {
            let error = try #require(throws: SettingsError.self) { try Self.load(overrides: [argument]) }
            #expect(error.exitCode == 2)
        }
    }

    @Test(arguments: ["mysql://u:hush@db/x", "host=db password=hush", "redis://:hush@h"])
    func theControlStoreIsPostgreSQL(url: String) throws {
        let error = try #require(throws: SettingsError.self) {
            try Self.load(environment: ["SWIFTWORKER_CONTROL_URL": url])
        }
        #expect(error.description.contains("swiftworker_control_url: expected postgresql://"))
        #expect(!error.description.contains("hush"))
    }
}
