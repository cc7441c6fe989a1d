extension SettingType where Value == [RetryBudgetSettings] {
    /// `task_retry_budget`: a number for every task type, or a map of patterns to a number or to options.
    static var retryBudget: SettingType {
        let expectation = "a number of retries per minute, or a map of task name patterns to one"
        return SettingType(expectation) { node throws(SettingsError) -> [RetryBudgetSettings] in
            if node.isNull { return [] }
            guard case .map(let entries) = node.content else {
                switch node.content {
                case .integer, .text: return [RetryBudgetSettings(retriesPerMinute: try retries.read(node))]
                default: throw node.mismatch(expectation)
                }
            }
            var budgets: [RetryBudgetSettings] = []
            for entry in entries { budgets.append(try budget(entry)) }
            return budgets
        } show: { budgets in
            if budgets.isEmpty { return nil }
            return ConfigurationNode(.map(budgets.map { ConfigurationEntry(key: $0.pattern, value: shown($0)) }))
        }
    }

    private static let keys = ["retries_per_minute", "pause", "max_pause"]
    private static let retries = SettingType<Int>.integer(0...1_000_000_000)

    private static func budget(_ entry: ConfigurationEntry) throws(SettingsError) -> RetryBudgetSettings {
        let what = "task_retry_budget['\(entry.key)']"
        guard case .map = entry.value.content else {
            do {
                return RetryBudgetSettings(pattern: entry.key, retriesPerMinute: try retries.read(entry.value))
            } catch {
                throw SettingsError(error.code, "\(what): \(error.message)", source: error.source)
            }
        }
        let reader = try KeyedReader(entry.value, what: what, keys: keys)
        guard let count = try reader.read("retries_per_minute", retries) else {
            throw SettingsError(.invalidValue, "\(what) has no retries_per_minute", source: entry.value.source)
        }
        var budget = RetryBudgetSettings(pattern: entry.key, retriesPerMinute: count)
        if let pause = try reader.read("pause", .seconds) { budget.pause = pause }
        budget.maximumPause = try reader.read("max_pause", .seconds) ?? max(budget.maximumPause, budget.pause)
        guard budget.pause >= .seconds(1), budget.maximumPause >= budget.pause else {
            throw SettingsError(
                .invalidValue,
                "\(what): expected a pause of at least 1 second, and a max_pause that is not shorter",
                source: entry.value.source
            )
        }
        return budget
    }

    private static func shown(_ budget: RetryBudgetSettings) -> ConfigurationNode {
        let seconds = SettingType<Duration>.seconds
        return [
            "retries_per_minute": ConfigurationNode(.integer(budget.retriesPerMinute)),
            "pause": seconds.show(budget.pause),
            "max_pause": seconds.show(budget.maximumPause),
        ]
    }
}
