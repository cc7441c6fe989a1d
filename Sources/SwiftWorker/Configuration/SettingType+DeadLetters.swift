extension SettingType where Value == [DeadLetterPolicy.Rule] {
    /// `task_dead_letter`: a truth value for all tasks, or a map of task patterns to truth values, in order.
    static var deadLetters: SettingType {
        let expectation = "true, false, or a map of task patterns to true or false"
        return SettingType(expectation) { node throws(SettingsError) -> [DeadLetterPolicy.Rule] in
            switch node.content {
            case .null: return []
            case .map(let entries):
                var rules: [DeadLetterPolicy.Rule] = []
                for entry in entries {
                    rules.append(
                        DeadLetterPolicy.failures(try SettingType<Bool>.boolean.read(entry.value), of: entry.key)
                    )
                }
                return rules
            default:
                guard let isKept = try? SettingType<Bool>.boolean.read(node) else { throw node.mismatch(expectation) }
                return isKept ? [DeadLetterPolicy.failures(true)] : []
            }
        } show: { rules in
            if rules.isEmpty { return false }
            if rules == [DeadLetterPolicy.failures(true)] { return true }
            return ConfigurationNode(
                .map(rules.map { ConfigurationEntry(key: $0.task, value: ConfigurationNode(.bool($0.isKept))) })
            )
        }
    }
}

extension SettingType where Value == [DeadLetterReason] {
    /// `swiftworker_dead_letter_reasons`: a list of the worker's own reasons.
    static var deadLetterReasons: SettingType {
        let words = DeadLetterPolicy.selectableReasons.map(\.rawValue)
        let expectation = "a list of \(words.joined(separator: ", "))"
        return SettingType(expectation) { node throws(SettingsError) -> [DeadLetterReason] in
            let given = node.isNull ? [] : try SettingType<[String]>.strings.read(node)
            for word in given where !words.contains(word) {
                throw node.invalid(expectation, found: "'\(word)'" + Suggestion.hint(for: word, among: words))
            }
            return given.map { DeadLetterReason(rawValue: $0) }
        } show: { reasons in
            SettingType<[String]>.strings.show(reasons.map(\.rawValue))
        }
    }
}
