import CeleryProtocol
import JSON

extension SettingType where Value == RateLimit? {
    /// A rate in Celery's words, or a number of tasks per second; null, an empty text and 0 are no limit.
    static var rate: SettingType {
        let expectation = "a rate such as 10/s, 10/m, 10/h or 10"
        return SettingType(expectation) { node throws(SettingsError) -> RateLimit? in
            let value: JSONValue
            switch node.content {
            case .null: return nil
            case .text where node.isNull: return nil
            case .string(let text), .text(let text): value = .string(text)
            case .integer(let number): value = .integer(Int64(number))
            case .double(let number): value = .double(number)
            default: throw node.mismatch(expectation)
            }
            do {
                return try RateLimit.parse(value)
            } catch {
                throw node.invalid(expectation, found: "'\(value.string ?? String(value.double ?? 0))'")
            }
        } show: {
            $0.map { ConfigurationNode(.string($0.description)) } ?? nil
        }
    }
}

extension SettingType where Value == [RateRule] {
    /// `swiftworker_rate_limits`: a list of maps.
    static var rateRules: SettingType {
        let expectation = "a list of limits, each a map with rate, concurrency or both"
        return SettingType(expectation) { node throws(SettingsError) -> [RateRule] in
            guard !node.isNull else { return [] }
            guard case .list(let items) = node.content else { throw node.mismatch(expectation) }
            var rules: [RateRule] = []
            for (index, item) in items.enumerated() {
                let rule = try rule(item, index)
                guard !rules.contains(where: { $0.name == rule.name }) else {
                    throw SettingsError(.duplicate, "limit '\(rule.name)' is given twice", source: item.source)
                }
                rules.append(rule)
            }
            return rules
        } show: { rules in
            ConfigurationNode(.list(rules.map(shown)))
        }
    }

    private static let keys = ["name", "queue", "task", "argument", "rate", "burst", "concurrency"]
    private static let count = SettingType<Int>.integer(1...1_000_000)

    private static func rule(_ node: ConfigurationNode, _ index: Int) throws(SettingsError) -> RateRule {
        let what = "swiftworker_rate_limits[\(index)]"
        let reader = try KeyedReader(node, what: what, keys: keys)
        var rule = RateRule(name: try reader.read("name", .string) ?? "limit \(index + 1)")
        rule.queue = try reader.read("queue", .string) ?? rule.queue
        rule.task = try reader.read("task", .string) ?? rule.task
        if let path = try reader.read("argument", .argument) { rule.partition = .argument(path) }
        rule.rate = try reader.read("rate", .rate) ?? nil
        rule.burst = try reader.read("burst", count) ?? rule.burst
        rule.concurrency = try reader.read("concurrency", count)
        guard rule.rate != nil || rule.concurrency != nil else {
            throw SettingsError(
                .invalidValue,
                "\(what) limits nothing: it needs rate or concurrency",
                source: node.source
            )
        }
        return rule
    }

    private static func shown(_ rule: RateRule) -> ConfigurationNode {
        var entries = [
            ConfigurationEntry(key: "name", value: ConfigurationNode(.string(rule.name))),
            ConfigurationEntry(key: "queue", value: ConfigurationNode(.string(rule.queue))),
            ConfigurationEntry(key: "task", value: ConfigurationNode(.string(rule.task))),
        ]
        if case .argument(let path) = rule.partition {
            entries.append(ConfigurationEntry(key: "argument", value: SettingType<ArgumentPath>.argument.show(path)))
        }
        if rule.rate != nil {
            entries.append(ConfigurationEntry(key: "rate", value: SettingType<RateLimit?>.rate.show(rule.rate)))
            entries.append(ConfigurationEntry(key: "burst", value: ConfigurationNode(.integer(rule.burst))))
        }
        if let concurrency = rule.concurrency {
            entries.append(ConfigurationEntry(key: "concurrency", value: ConfigurationNode(.integer(concurrency))))
        }
        return ConfigurationNode(.map(entries))
    }
}

extension SettingType where Value == ArgumentPath {
    /// The name of an argument, or names with dots between them.
    fileprivate static var argument: SettingType {
        let expectation = "the name of an argument, such as user_id or order.customer"
        return SettingType(expectation) { node throws(SettingsError) -> ArgumentPath in
            let text: String
            if case .integer(let index) = node.content {
                text = String(index)
            } else {
                text = try SettingType<String>.string.read(node)
            }
            guard let path = ArgumentPath(text) else { throw node.invalid(expectation, found: "'\(text)'") }
            return path
        } show: {
            ConfigurationNode(.string($0.description))
        }
    }
}

extension SettingType where Value == [TaskAnnotation] {
    /// `task_annotations`, of which the rate limit is understood.
    static var annotations: SettingType {
        let expectation = "a map of task names to {rate_limit: …}"
        return SettingType(expectation) { node throws(SettingsError) -> [TaskAnnotation] in
            if node.isNull || node.content == .list([]) { return [] }
            guard case .map(let entries) = node.content else { throw node.mismatch(expectation) }
            var annotations: [TaskAnnotation] = []
            for entry in entries {
                if let annotation = try annotation(entry) { annotations.append(annotation) }
            }
            return annotations
        } show: { annotations in
            ConfigurationNode(
                .map(
                    annotations.map { annotation in
                        let limit = SettingType<RateLimit?>.rate.show(annotation.rateLimit)
                        let options = ConfigurationNode(.map([ConfigurationEntry(key: "rate_limit", value: limit)]))
                        return ConfigurationEntry(key: annotation.task, value: options)
                    }
                )
            )
        }
    }

    private static func annotation(_ entry: ConfigurationEntry) throws(SettingsError) -> TaskAnnotation? {
        guard case .map(let options) = entry.value.content else { throw entry.value.mismatch("a map of options") }
        var annotation: TaskAnnotation?
        for option in options {
            guard option.key == "rate_limit" else {
                throw SettingsError(
                    .refused,
                    "task_annotations is not supported but for rate_limit: "
                        + "give '\(option.key)' to the task \(entry.key) in Swift",
                    source: option.source
                )
            }
            annotation = TaskAnnotation(task: entry.key, rateLimit: try SettingType<RateLimit?>.rate.read(option.value))
        }
        return annotation
    }
}
