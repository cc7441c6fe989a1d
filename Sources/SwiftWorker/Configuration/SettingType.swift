/// How a setting's value is read from the configuration and shown again.
struct SettingType<Value: Sendable>: Sendable {
    /// What a value must be, for messages: "true or false".
    let expectation: String
    let read: @Sendable (ConfigurationNode) throws(SettingsError) -> Value
    let show: @Sendable (Value) -> ConfigurationNode

    init(
        _ expectation: String,
        read: @escaping @Sendable (ConfigurationNode) throws(SettingsError) -> Value,
        show: @escaping @Sendable (Value) -> ConfigurationNode
    ) {
        self.expectation = expectation
        self.read = read
        self.show = show
    }

    /// The same, with null (or an empty text) as `nil`.
    var optional: SettingType<Value?> {
        SettingType<Value?>(expectation + ", or null") { node throws(SettingsError) -> Value? in
            node.isNull ? nil : try self.read(node)
        } show: {
            $0.map(self.show) ?? nil
        }
    }
}

extension ConfigurationNode {
    /// Whether it says nothing: null, an empty text, or Python's `None`.
    var isNull: Bool {
        switch content {
        case .null: true
        case .text(let text): text.isEmpty || ["none", "null", "~"].contains(text.lowercased())
        default: false
        }
    }

    /// The error for a value of another type.
    func mismatch(_ expectation: String) -> SettingsError {
        let found =
            switch content {
            case .text(let text), .string(let text): "'\(text)'"
            default: typeName
            }
        return SettingsError(.wrongType, "expected \(expectation), found \(found)", source: source)
    }

    /// The error for a value of the right type that doesn't do.
    func invalid(_ expectation: String, found: some CustomStringConvertible) -> SettingsError {
        SettingsError(.invalidValue, "expected \(expectation), found \(found)", source: source)
    }
}

extension SettingType where Value == Bool {
    static var boolean: SettingType {
        let expectation = "true or false"
        return SettingType(expectation) { node throws(SettingsError) -> Bool in
            switch node.content {
            case .bool(let value): return value
            // YAML 1.1, and so Python, has more words for them.
            case .string(let text) where ["yes", "no", "on", "off"].contains(text.lowercased()):
                return ["yes", "on"].contains(text.lowercased())
            case .text(let text):
                switch text.lowercased() {
                case "1", "true", "t", "yes", "y", "on": return true
                case "0", "false", "f", "no", "n", "off": return false
                default: throw node.mismatch(expectation)
                }
            default: throw node.mismatch(expectation)
            }
        } show: {
            ConfigurationNode(.bool($0))
        }
    }
}

extension SettingType where Value == Int {
    static func integer(_ range: ClosedRange<Int>) -> SettingType {
        let expectation =
            range.upperBound == Int.max
            ? "an integer of at least \(range.lowerBound)"
            : "an integer from \(range.lowerBound) to \(range.upperBound)"
        return SettingType(expectation) { node throws(SettingsError) -> Int in
            let value: Int
            switch node.content {
            case .integer(let number): value = number
            case .text(let text):
                guard let number = Int(text) else { throw node.mismatch(expectation) }
                value = number
            default: throw node.mismatch(expectation)
            }
            guard range.contains(value) else { throw node.invalid(expectation, found: value) }
            return value
        } show: {
            ConfigurationNode(.integer($0))
        }
    }
}

extension SettingType where Value == Int? {
    /// An integer whose 0 and null both mean "no limit" or "not set".
    static var positiveOrNone: SettingType {
        let number = SettingType<Int>.integer(0...Int.max)
        return SettingType("an integer of at least 1, or null") { node throws(SettingsError) -> Int? in
            guard !node.isNull else { return nil }
            let value = try number.read(node)
            return value == 0 ? nil : value
        } show: {
            $0.map(number.show) ?? nil
        }
    }
}

extension SettingType where Value == Duration {
    /// A number of seconds; null is zero.
    static var seconds: SettingType {
        let expectation = "a number of seconds"
        let limit = 1e9
        return SettingType(expectation) { node throws(SettingsError) -> Duration in
            guard !node.isNull else { return .zero }
            let value: Double
            switch node.content {
            case .integer(let number): value = Double(number)
            case .double(let number): value = number
            case .text(let text):
                guard let number = Double(text) else { throw node.mismatch(expectation) }
                value = number
            default: throw node.mismatch(expectation)
            }
            guard value >= 0, value <= limit else {
                throw node.invalid("\(expectation) from 0 to \(Int(limit))", found: value)
            }
            return .milliseconds(Int((value * 1000).rounded()))
        } show: { duration in
            let (seconds, attoseconds) = duration.components
            guard attoseconds != 0 else { return ConfigurationNode(.integer(Int(seconds))) }
            return ConfigurationNode(.double(Double(seconds) + Double(attoseconds) * 1e-18))
        }
    }
}
