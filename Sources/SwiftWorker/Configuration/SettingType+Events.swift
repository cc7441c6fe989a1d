/// Of which share of the tasks that a pattern fits events are sent.
public struct EventShare: Sendable, Hashable {
    /// A shell pattern for task names.
    public var pattern: String
    /// 0 to 1.
    public var share: Double

    public init(pattern: String, share: Double) {
        self.pattern = pattern
        self.share = share
    }
}

extension SettingType where Value == [EventShare] {
    /// `swiftworker_event_sampling`: a map of task patterns to shares, in order.
    static var eventSampling: SettingType {
        let expectation = "a map of task patterns to shares from 0 to 1"
        return SettingType(expectation) { node throws(SettingsError) -> [EventShare] in
            guard !node.isNull else { return [] }
            guard case .map(let entries) = node.content else { throw node.mismatch(expectation) }
            var shares: [EventShare] = []
            for entry in entries {
                let share: Double
                switch entry.value.content {
                case .integer(let number): share = Double(number)
                case .double(let number): share = number
                case .text(let text): share = Double(text) ?? -1
                default: throw entry.value.mismatch("a share from 0 to 1")
                }
                guard (0...1).contains(share) else {
                    throw entry.value.invalid("a share from 0 to 1", found: "\(share)")
                }
                shares.append(EventShare(pattern: entry.key, share: share))
            }
            return shares
        } show: { shares in
            ConfigurationNode(
                .map(shares.map { ConfigurationEntry(key: $0.pattern, value: ConfigurationNode(.double($0.share))) })
            )
        }
    }
}
