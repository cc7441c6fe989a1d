extension SettingType where Value == [WorkerSettings] {
    /// `workers`: a map of names to what each worker consumes, and how.
    static var workers: SettingType {
        let expectation = "a map of worker names to their queues, pool, concurrency, hostname and options"
        return SettingType(expectation) { node throws(SettingsError) -> [WorkerSettings] in
            guard !node.isNull else { return [] }
            guard case .map(let entries) = node.content else { throw node.mismatch(expectation) }
            var workers: [WorkerSettings] = []
            for entry in entries { workers.append(try worker(entry)) }
            return workers
        } show: { workers in
            ConfigurationNode(.map(workers.map { ConfigurationEntry(key: $0.name, value: shown($0)) }))
        }
    }

    private static let keys = ["queues", "pool", "concurrency", "hostname", "options"]

    private static func worker(_ entry: ConfigurationEntry) throws(SettingsError) -> WorkerSettings {
        // It becomes part of node names, file names and options such as -c:NAME; a number would be a count of nodes.
        let isName = { (byte: UInt8) in
            (0x61...0x7a).contains(byte | 0x20) || (0x30...0x39).contains(byte) || "_-.".utf8.contains(byte)
        }
        guard let first = entry.key.utf8.first, (0x61...0x7a).contains(first | 0x20), entry.key.utf8.allSatisfy(isName)
        else {
            throw SettingsError(
                .invalidValue,
                "'\(entry.key)' can't name a worker: expected a letter, then letters, digits, '_', '-' or '.'",
                source: entry.source
            )
        }
        var worker = WorkerSettings(name: entry.key)
        worker.source = entry.source
        guard !entry.value.isNull else { return worker }
        let reader = try KeyedReader(entry.value, what: "workers.\(entry.key)", keys: keys)
        worker.queues = try reader.read("queues", .queueNames) ?? []
        worker.pool = try reader.read("pool", .pool)
        worker.concurrency = try reader.read("concurrency", .concurrency)
        worker.hostname = try reader.read("hostname", .string)
        worker.options = try reader.read("options", .entries) ?? []
        return worker
    }

    private static func shown(_ worker: WorkerSettings) -> ConfigurationNode {
        var entries: [ConfigurationEntry] = []
        func add(_ key: String, _ node: ConfigurationNode?) {
            if let node { entries.append(ConfigurationEntry(key: key, value: node)) }
        }
        if !worker.queues.isEmpty { add("queues", SettingType<[String]>.queueNames.show(worker.queues)) }
        add("pool", worker.pool.map(SettingType<PoolKind>.pool.show))
        add("concurrency", worker.concurrency.map(SettingType<String>.concurrency.show))
        add("hostname", worker.hostname.map(SettingType<String>.string.show))
        if !worker.options.isEmpty { add("options", ConfigurationNode(.map(worker.options))) }
        return ConfigurationNode(.map(entries))
    }
}

extension SettingType where Value == [String] {
    /// Queues: a list of names, or names separated by commas.
    fileprivate static var queueNames: SettingType {
        let expectation = "a list of queues, or their names separated by commas"
        return SettingType(expectation) { node throws(SettingsError) -> [String] in
            if case .string(let text) = node.content {
                let names = commaSeparated(text)
                guard !names.isEmpty else { throw node.invalid(expectation, found: "'\(text)'") }
                return names
            }
            guard case .list = node.content else { throw node.mismatch(expectation) }
            return try SettingType.strings.read(node)
        } show: {
            SettingType.strings.show($0)
        }
    }
}

extension SettingType where Value == String {
    /// A number of slots, or `auto`, as text.
    fileprivate static var concurrency: SettingType {
        let number = SettingType<Int>.integer(1...Int.max)
        return SettingType(number.expectation + ", or auto") { node throws(SettingsError) -> String in
            if case .string("auto") = node.content { return "auto" }
            return String(try number.read(node))
        } show: {
            ConfigurationNode(Int($0).map { .integer($0) } ?? .string($0))
        }
    }
}

extension SettingType where Value == [ConfigurationEntry] {
    /// A map whose keys somebody else knows.
    fileprivate static var entries: SettingType {
        SettingType("a map") { node throws(SettingsError) -> [ConfigurationEntry] in
            guard case .map(let entries) = node.content else { throw node.mismatch("a map") }
            return entries
        } show: {
            ConfigurationNode(.map($0))
        }
    }
}
