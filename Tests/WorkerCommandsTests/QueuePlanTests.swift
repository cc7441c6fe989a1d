import BrokerModel
import SwiftWorker
import Testing

/// Celery reference, 2.1.
@Suite struct QueuePlanTests {
    private func topology(
        _ queue: String,
        arguments: FieldTable = [:],
        exchange: String,
        _ type: ExchangeType = .direct,
        key: String
    ) -> QueueTopology {
        QueueTopology(
            queue: QueueDeclaration(name: queue, arguments: arguments),
            exchange: ExchangeDeclaration(name: exchange, type: type),
            routingKey: key
        )
    }

    private func plan(
        _ settings: Settings = Settings(),
        _ selected: [String] = [],
        without excluded: [String] = []
    ) throws -> [QueueTopology] {
        try QueuePlan(settings: settings, selecting: selected, excluding: excluded, nodeName: "w1@h").consumed
    }

    @Test func theDefaultQueue() throws {
        #expect(try plan() == [topology("celery", exchange: "celery", key: "celery")])
        var settings = Settings()
        settings.taskDefaultQueue = "work"
        #expect(try plan(settings) == [topology("work", exchange: "work", key: "work")])
        settings.taskDefaultExchange = "jobs"
        settings.taskDefaultExchangeType = "topic"
        settings.taskDefaultRoutingKey = "work.#"
        settings.taskDefaultQueueType = "quorum"
        #expect(
            try plan(settings) == [
                topology(
                    "work",
                    arguments: ["x-queue-type": .string("quorum")],
                    exchange: "jobs",
                    .topic,
                    key: "work.#"
                )
            ]
        )
    }

    @Test func aMissingQueueHasAnExchangeOfItsName() throws {
        var settings = Settings()
        settings.taskDefaultExchangeType = "topic"
        settings.taskDefaultQueueType = "quorum"
        #expect(try plan(settings, ["foo"]) == [topology("foo", exchange: "foo", key: "foo")])
        settings.taskCreateMissingQueueType = "quorum"
        settings.taskCreateMissingQueueExchangeType = "topic"
        #expect(
            try plan(settings, ["foo"]) == [
                topology("foo", arguments: ["x-queue-type": .string("quorum")], exchange: "foo", .topic, key: "foo")
            ]
        )
        settings.taskCreateMissingQueues = false
        let error = try #require(throws: SettingsError.self) { try plan(settings, ["celry"]) }
        #expect(error.code == .unknownQueue)
        #expect(error.description.contains("did you mean 'celery'?"))
    }

    @Test func configuredQueues() throws {
        var settings = Settings()
        var fast = QueueSettings(name: "fast")
        fast.exchange = "jobs"
        fast.exchangeType = "topic"
        fast.routingKey = "fast.#"
        fast.maxPriority = 3
        settings.taskQueues = [QueueSettings(name: "plain"), fast]
        settings.taskQueueMaxPriority = 10
        #expect(
            try plan(settings) == [
                // No exchange given: the default exchange, with the queue's name as key.
                topology("plain", arguments: ["x-max-priority": .int32(10)], exchange: "celery", key: "plain"),
                topology("fast", arguments: ["x-max-priority": .int32(3)], exchange: "jobs", .topic, key: "fast.#"),
            ]
        )
        #expect(try plan(settings, ["fast", "other", "fast"]).map(\.queue.name) == ["fast", "other"])
        #expect(try plan(settings, without: ["plain"]).map(\.queue.name) == ["fast"])
        #expect(throws: SettingsError.self) { try plan(settings, without: ["plain", "fast"]) }
        settings.workerDirect = true
        #expect(
            try plan(settings, ["fast"]).last == topology("w1@h.dq2", exchange: "C.dq2", key: "w1@h")
        )
    }

    @Test(arguments: [
        ("a.b", "exact"), ("a.c", "star"), ("a.b.c", "star"), ("x1", "default"), ("y1.t", "set"), ("y3.t", "default"),
        ("q?", "literal"), ("qx", "default"), ("z.exchange", nil),
    ])
    func routes(task: String, queue: String?) {
        var settings = Settings()
        settings.taskDefaultQueue = "default"
        settings.taskRoutes = [
            RouteSettings(pattern: "a.*", queue: "star"), RouteSettings(pattern: "a.b", queue: "exact"),
            RouteSettings(pattern: "a.b*", queue: "late"), RouteSettings(pattern: "y[12].*", queue: "set"),
            // Without a star Celery takes the name as it is.
            RouteSettings(pattern: "q?", queue: "literal"),
            RouteSettings(pattern: "z.*", exchange: "e", routingKey: "k"),
        ]
        #expect(RouteTable(settings: settings).queue(of: task) == queue)
    }
}
