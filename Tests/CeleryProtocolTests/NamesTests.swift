import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections
import Testing

@Suite("Names")
struct NamesTests {
    @Test("queues are declared as Celery declares them")
    func queues() throws {
        for vector in try Vectors.list("queues") {
            let catalogue = try QueueCatalogue(try options(try #require(vector["conf"])))
            let topology = try catalogue.topology(vector["name"]?.string ?? catalogue.options.defaultQueue)
            let note = Comment(rawValue: "\(vector)")
            #expect(topology.queue.name == vector["queue"]?.string, note)
            #expect(topology.queue.isDurable == vector["durable"]?.bool, note)
            #expect(topology.queue.isExclusive == vector["exclusive"]?.bool, note)
            #expect(topology.queue.isAutoDelete == vector["auto_delete"]?.bool, note)
            #expect(topology.exchange?.name == vector["exchange"]?.string, note)
            #expect(topology.exchange?.type.rawValue == vector["type"]?.string, note)
            #expect(topology.exchange?.isDurable == vector["exchange_durable"]?.bool, note)
            #expect(topology.exchange?.isAutoDelete == vector["exchange_auto_delete"]?.bool, note)
            #expect(topology.exchange?.arguments.isEmpty == true, note)
            #expect(topology.routingKey == vector["routing_key"]?.string, note)
            #expect(topology.queue.arguments == (try arguments(try #require(vector["arguments"]))), note)
        }
    }

    private func arguments(_ value: JSONValue) throws -> FieldTable {
        FieldTable(
            try #require(value.object).map { name, value in
                let field = value.string.map(FieldValue.string) ?? .integer(Int(value.integer ?? -1))
                return FieldTable.Entry(name: name, value: field)
            }
        )
    }

    private func options(_ conf: JSONValue) throws -> QueueCatalogue.Options {
        var options = QueueCatalogue.Options()
        for (key, value) in try #require(conf.object) {
            switch key {
            case "task_default_queue": options.defaultQueue = try #require(value.string)
            case "task_default_exchange": options.defaultExchange = value.string
            case "task_default_exchange_type": options.defaultExchangeType = try #require(value.string)
            case "task_default_routing_key": options.defaultRoutingKey = value.string
            case "task_default_queue_type": options.defaultQueueType = try #require(value.string)
            case "task_create_missing_queue_type": options.missingQueueType = try #require(value.string)
            case "task_create_missing_queue_exchange_type": options.missingExchangeType = value.string
            case "task_queue_max_priority": options.maxPriority = value.integer.map { Int($0) }
            case "task_queues": options.queues = try #require(value.object).map { try definition($0.key, $0.value) }
            default: Issue.record("unknown setting \(key)")
            }
        }
        return options
    }

    private func definition(_ name: String, _ value: JSONValue) throws -> QueueDefinition {
        var definition = QueueDefinition(name: name)
        definition.exchange = value["exchange"]?.string
        definition.exchangeType = value["exchange_type"]?.string
        definition.routingKey = value["routing_key"]?.string
        definition.maxPriority = value["max_priority"]?.integer.map { Int($0) }
        if let given = value["queue_arguments"] { definition.arguments = try arguments(given) }
        return definition
    }

    @Test("queues are selected and excluded, and refused where none may be made")
    func selection() throws {
        var options = QueueCatalogue.Options()
        options.queues = [QueueDefinition(name: "a"), QueueDefinition(name: "b")]
        options.queues[1].usesDefaultRoutingKey = true
        let catalogue = try QueueCatalogue(options)
        #expect(catalogue.names == ["a", "b"])
        #expect(try catalogue.select([]).map(\.queue.name) == ["a", "b"])
        #expect(try catalogue.select(["b", "x", "b"]).map(\.queue.name) == ["b", "x"])
        #expect(try catalogue.select([], excluding: ["a"]).map(\.queue.name) == ["b"])
        #expect(try catalogue.topology("b").routingKey == "celery")
        options.createsMissing = false
        let strict = try QueueCatalogue(options)
        #expect(throws: ProtocolError.self) { try strict.select(["x"]) }
        options.defaultExchangeType = "x-delayed-message"
        #expect(throws: ProtocolError.self) { try QueueCatalogue(options) }
        options = QueueCatalogue.Options()
        options.missingQueueType = "stream"
        #expect(throws: ProtocolError.self) { try QueueCatalogue(options).topology("x") }
    }

    @Test("a worker's own queue is Celery's")
    func workerDirect() {
        let topology = QueueCatalogue.workerDirect(NodeName(name: "w1", host: "vm"))
        #expect(topology.queue == QueueDeclaration(name: "w1@vm.dq2"))
        #expect(topology.exchange == ExchangeDeclaration(name: "C.dq2"))
        #expect(topology.routingKey == "w1@vm")
    }

    @Test("node names are expanded as Celery does")
    func nodeNames() throws {
        let vectors = try Vectors.section("node_names")
        for vector in try #require(vectors["option"]?.array) {
            let host = try #require(vector[0]?.string)
            let name = try? NodeName(option: vector[1]?.string, hostname: host)
            #expect(name?.description == vector[2]?.string, "\(vector)")
        }
        for vector in try #require(vectors["format"]?.array) {
            let node = NodeName(try #require(vector[0]?.string))
            #expect((try? node.expand(try #require(vector[1]?.string))) == vector[2]?.string, "\(vector)")
        }
        let node = NodeName("w1@vm")
        #expect(try node.expand("%n%I-%i", processIndex: 3) == "w1-3-3")
    }
}
