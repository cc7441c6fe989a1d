import BrokerModel
import JSON
import SwiftWorker
import Testing

@testable import WorkerCommands

/// Versions, policies, answers of `rabbitmqctl`, the plan of a migration.
@Suite struct BrokerValuesTests {
    @Test func versionsAreComparedByNumber() {
        #expect(BrokerVersion("3.9.13") < BrokerVersion("3.10"))
        #expect(BrokerVersion("3.10") < BrokerVersion("3.10.8"))
        #expect(!(BrokerVersion("4.0.5") < BrokerVersion("3.13.7")))
        #expect(!(BrokerVersion("4.3.0-rc.1") < BrokerVersion("4.3")))
        #expect(BrokerVersion("") < BrokerVersion("3.10"))
    }

    @Test(arguments: [
        (".*", "work", true), ("^work$", "work", true), ("^work$", "works", false), ("or", "work", true),
        ("", "work", false), ("", "", true), ("([", "work", false), ("\\.dead$", "work.dead", true),
    ])
    func patternsAreFoundAnywhere(pattern: String, name: String, isFound: Bool) {
        #expect(NamePattern.finds(pattern, in: name) == isFound)
    }

    @Test(arguments: ["a.b", "x+y", "q[1]", "w$"]) func anExactPatternFindsItsNameAlone(name: String) {
        #expect(NamePattern.finds(NamePattern.exactly(name), in: name))
        #expect(!NamePattern.finds(NamePattern.exactly(name), in: name + "x"))
        #expect(!NamePattern.finds(NamePattern.exactly("a.b"), in: "axb"))
    }

    @Test func thePolicyOfTheHighestPriorityIsChosen() {
        let all = Policy(name: "all", pattern: ".*", appliesTo: "all", priority: 1, definition: [:])
        let quorum = Policy(name: "q", pattern: "^w", appliesTo: "quorum_queues", priority: 5, definition: [:])
        let limit = Policy(name: "l", pattern: "^w", priority: 9, definition: ["delivery-limit": .number(3)])
        let exchanges = Policy(name: "e", pattern: ".*", appliesTo: "exchanges", priority: 99, definition: [:])
        let policies = [all, quorum, limit, exchanges]
        #expect(Policy.chosen(among: policies, for: "work", type: "quorum")?.name == "l")
        #expect(Policy.chosen(among: policies, for: "work", type: "classic")?.name == "all")
        #expect(Policy.chosen(among: policies, for: "other", type: "quorum")?.name == "all")
        #expect(Policy.chosen(among: [quorum], for: "other", type: "quorum") == nil)
    }

    @Test func aPolicyIsSetWithItsDefinitionAsJSON() {
        #expect(
            WantedPolicies.queue("a.b", type: "classic").setting(virtualHost: "v") == [
                "set_policy", "--vhost", "v", "--priority", "10", "--apply-to", "queues", "swiftworker-a.b", "^a\\.b$",
                #"{"dead-letter-exchange": "swiftworker.dead", "dead-letter-routing-key": "a.b"}"#,
            ]
        )
    }

    // MARK: Answers

    private func json(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

    @Test func answersAreRead() throws {
        let queues = RabbitMQAnswers.queues(
            try json(
                #"[{"name":"a","type":"quorum","policy":"","messages":3,"messages_unacknowledged":1},{"name":"b"},7]"#
            )
        )
        #expect(queues == [BrokerFacts.Queue(name: "a", type: "quorum", policy: nil, messages: 3, unacknowledged: 1)])
        let policies = RabbitMQAnswers.policies(
            try json(
                #"[{"vhost":"/","name":"p","pattern":"^w","apply-to":"queues","priority":4,"definition":"{\"delivery-limit\":7,\"overflow\":\"x\"}"}]"#
            )
        )
        #expect(
            policies == [
                Policy(
                    name: "p",
                    pattern: "^w",
                    priority: 4,
                    definition: ["delivery-limit": .number(7), "overflow": .text("x")]
                )
            ]
        )
        let permissions = try json(#"[{"vhost":"/","configure":"c","write":"w","read":"r"}]"#)
        #expect(RabbitMQAnswers.permissions(permissions, "/")?.write == "w")
        #expect(RabbitMQAnswers.permissions(permissions, "other") == nil)
        let hosts = try json(
            #"[{"name":"/","default_queue_type":"undefined"},{"name":"v","default_queue_type":"quorum"}]"#
        )
        #expect(RabbitMQAnswers.defaultQueueType(hosts, "/") == "classic")
        #expect(RabbitMQAnswers.defaultQueueType(hosts, "v") == "quorum")
        #expect(
            RabbitMQAnswers.alarms(try json(#"{"alarms":[{"resource":"memory"},"file_descriptor_limit"]}"#)).count == 2
        )
        #expect(RabbitMQAnswers.alarms(.null).isEmpty)
    }

    @Test func bindingsAreReadButNotThoseWithArguments() throws {
        let plain = try json(
            """
            [{"source_name":"","destination_name":"q","destination_kind":"queue","routing_key":"q","arguments":[]},
             {"source_name":"e","destination_name":"q","destination_kind":"queue","routing_key":"k","arguments":{}},
             {"source_name":"e","destination_name":"q","destination_kind":"exchange","routing_key":"k","arguments":[]}]
            """
        )
        #expect(
            try RabbitMQAnswers.bindings(plain, of: "q") == [QueueBinding(queue: "q", exchange: "e", routingKey: "k")]
        )
        let headers = try json(
            #"[{"source_name":"h","destination_name":"q","destination_kind":"queue","routing_key":"","arguments":[["x","y",1]]}]"#
        )
        #expect(throws: QueueMigration.Halt.self) { try RabbitMQAnswers.bindings(headers, of: "q") }
    }

    // MARK: Migration

    @Test(
        arguments: [
            (nil, false, .missing), (nil, true, .remake), ("classic", false, .moveOut), ("classic", true, .moveOut),
            ("quorum", true, .moveBack), ("quorum", false, .done),
        ] as [(String?, Bool, MigrationPlan.Stage)]
    )
    func theBrokerSaysHowFarAMigrationHasCome(type: String?, hasTemporary: Bool, stage: MigrationPlan.Stage) {
        #expect(MigrationPlan.stage(type: type, hasTemporary: hasTemporary) == stage)
    }

    @Test func aPlanKeepsArgumentsThatAQuorumQueueKnows() throws {
        let queue = QueueDeclaration(
            name: "q",
            arguments: [
                "x-max-priority": .int32(5), "x-queue-master-locator": "min-masters", "x-max-length": .int32(9),
            ]
        )
        let plan = try MigrationPlan(QueueTopology(queue: queue, exchange: nil, routingKey: "q"))
        #expect(plan.target.queue.arguments == ["x-max-length": .int32(9), "x-queue-type": "quorum"])
        #expect(plan.dropped == ["x-max-priority", "x-queue-master-locator"])
        // What the broker takes under this name it takes under the other.
        #expect(plan.probe.arguments == plan.target.queue.arguments && plan.probe.isDurable)
        #expect(plan.probe.name == "q.swiftworker-migration.probe")
        #expect(plan.sources[0] == queue)
        #expect(plan.sources[1].arguments["x-queue-type"] == "classic")
    }

    @Test(arguments: [
        QueueDeclaration(name: "q", isDurable: false), QueueDeclaration(name: "q", isExclusive: true),
        QueueDeclaration(name: "q", isAutoDelete: true), QueueDeclaration(name: String(repeating: "q", count: 250)),
    ])
    func notEveryQueueCanBeOne(queue: QueueDeclaration) {
        #expect(throws: StartError.self) {
            try MigrationPlan(QueueTopology(queue: queue, exchange: nil, routingKey: "q"))
        }
    }

    @Test func aMovedMessageIsTheSameButPersistent() {
        var properties = MessageProperties(contentType: "application/json", headers: ["id": "x"], deliveryMode: 1)
        properties.userID = "producer"
        properties.messageID = "m"
        let incoming = IncomingMessage(routingKey: "k", queue: "q", properties: properties, body: [1, 2])
        let moved = MigrationPlan.moving(incoming, to: "t", user: "worker")
        properties.deliveryMode = 2
        properties.userID = nil
        #expect(
            moved.properties == properties && moved.body == [1, 2] && moved.routingKey == "t" && moved.exchange == ""
        )
        #expect(MigrationPlan.moving(incoming, to: "t", user: "producer").properties.userID == "producer")
    }
}
