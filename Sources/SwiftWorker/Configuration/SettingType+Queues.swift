import BrokerModel

extension SettingType where Value == [QueueSettings] {
    /// `task_queues`: a map of names to options, or a list of names or of maps with a `name`.
    static var queues: SettingType {
        SettingType("a map of queue names to options, or a list") { node throws(SettingsError) -> [QueueSettings] in
            switch node.content {
            case .null: return []
            case .text(let text): return commaSeparated(text).map { QueueSettings(name: $0) }
            case .map(let entries):
                var queues: [QueueSettings] = []
                for entry in entries { queues.append(try queue(named: entry.key, entry.value)) }
                return queues
            case .list(let items):
                var queues: [QueueSettings] = []
                for item in items {
                    let queue = try listed(item)
                    guard !queues.contains(where: { $0.name == queue.name }) else {
                        throw SettingsError(.duplicate, "queue '\(queue.name)' is given twice", source: item.source)
                    }
                    queues.append(queue)
                }
                return queues
            default: throw node.mismatch("a map of queue names to options, or a list")
            }
        } show: { queues in
            ConfigurationNode(.map(queues.map { ConfigurationEntry(key: $0.name, value: shown($0)) }))
        }
    }

    private static let keys = [
        "exchange", "exchange_type", "routing_key", "binding_key", "queue_arguments", "max_priority", "expires",
        "message_ttl", "max_length", "max_length_bytes", "single_active", "durable", "exclusive", "auto_delete",
        "consumer_arguments",
    ]

    private static func listed(_ item: ConfigurationNode) throws(SettingsError) -> QueueSettings {
        if case .string(let name) = item.content, !name.isEmpty { return QueueSettings(name: name) }
        guard case .map(var entries) = item.content, let index = entries.firstIndex(where: { $0.key == "name" }) else {
            throw item.mismatch("a queue's name, or a map with 'name'")
        }
        let name = try SettingType<String>.string.read(entries.remove(at: index).value)
        return try queue(named: name, ConfigurationNode(.map(entries), source: item.source))
    }

    private static func queue(named name: String, _ node: ConfigurationNode) throws(SettingsError) -> QueueSettings {
        var queue = QueueSettings(name: name)
        guard !node.isNull else { return queue }
        let reader = try KeyedReader(node, what: "task_queues.\(name)", keys: keys)
        queue.exchange = try reader.read("exchange", .string)
        queue.exchangeType = try reader.read("exchange_type", .exchangeType)
        let bindingKey = try reader.read("binding_key", .string)
        queue.routingKey = try reader.read("routing_key", .string) ?? bindingKey
        queue.maxPriority = try reader.read("max_priority", .integer(1...255))
        queue.isDurable = try reader.read("durable", .boolean) ?? true
        queue.isExclusive = try reader.read("exclusive", .boolean) ?? false
        queue.isAutoDelete = try reader.read("auto_delete", .boolean) ?? false
        queue.consumerArguments = try reader.read("consumer_arguments", .scalars) ?? [:]
        // Options that are arguments on the wire, those of kombu's Queue and one of our own; given arguments win.
        if let expires = try reader.read("expires", .seconds) {
            queue.arguments["x-expires"] = .integer(expires.inMilliseconds)
        }
        if let life = try reader.read("message_ttl", .seconds) {
            queue.arguments["x-message-ttl"] = .integer(life.inMilliseconds)
        }
        if let length = try reader.read("max_length", .integer(0...Int.max)) {
            queue.arguments["x-max-length"] = .integer(length)
        }
        if let bytes = try reader.read("max_length_bytes", .integer(0...Int.max)) {
            queue.arguments["x-max-length-bytes"] = .integer(bytes)
        }
        if try reader.read("single_active", .boolean) == true {
            queue.arguments[QueueTopology.singleActiveConsumer] = .bool(true)
        }
        queue.arguments.merge(try reader.read("queue_arguments", .scalars) ?? [:]) { $1 }
        return queue
    }

    private static func shown(_ queue: QueueSettings) -> ConfigurationNode {
        var entries: [ConfigurationEntry] = []
        func add(_ key: String, _ node: ConfigurationNode?) {
            if let node { entries.append(ConfigurationEntry(key: key, value: node)) }
        }
        add("exchange", queue.exchange.map { ConfigurationNode(.string($0)) })
        add("exchange_type", queue.exchangeType.map { ConfigurationNode(.string($0)) })
        add("routing_key", queue.routingKey.map { ConfigurationNode(.string($0)) })
        add("max_priority", queue.maxPriority.map { ConfigurationNode(.integer($0)) })
        if !queue.isDurable { add("durable", false) }
        if queue.isExclusive { add("exclusive", true) }
        if queue.isAutoDelete { add("auto_delete", true) }
        let scalars = SettingType<[String: SettingScalar]>.scalars
        if !queue.arguments.isEmpty { add("queue_arguments", scalars.show(queue.arguments)) }
        if !queue.consumerArguments.isEmpty { add("consumer_arguments", scalars.show(queue.consumerArguments)) }
        return ConfigurationNode(.map(entries))
    }
}

extension SettingType where Value == [String: SettingScalar] {
    /// Raw AMQP arguments.
    fileprivate static var scalars: SettingType {
        SettingType("a map of strings, integers and booleans") { node throws(SettingsError) -> Value in
            guard case .map(let entries) = node.content else { throw node.mismatch("a map") }
            var values: [String: SettingScalar] = [:]
            for entry in entries {
                switch entry.value.content {
                case .bool(let value): values[entry.key] = .bool(value)
                case .integer(let value): values[entry.key] = .integer(value)
                case .string(let value): values[entry.key] = .string(value)
                default: throw entry.value.mismatch("a string, an integer or a boolean for '\(entry.key)'")
                }
            }
            return values
        } show: { values in
            ConfigurationNode(
                .map(
                    values.sorted { $0.key < $1.key }.map { key, value in
                        switch value {
                        case .bool(let value): ConfigurationEntry(key: key, value: ConfigurationNode(.bool(value)))
                        case .integer(let value):
                            ConfigurationEntry(key: key, value: ConfigurationNode(.integer(value)))
                        case .string(let value): ConfigurationEntry(key: key, value: ConfigurationNode(.string(value)))
                        }
                    }
                )
            )
        }
    }
}

extension SettingType where Value == String {
    /// An exchange type that a worker can declare.
    static var exchangeType: SettingType { choice(["direct", "topic", "fanout", "headers"]) }
}

extension Duration {
    var inMilliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
    }
}
