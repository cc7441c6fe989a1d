/// Between which numbers of slots a pool grows and shrinks (`--autoscale=MAX,MIN`).
public struct AutoscaleBounds: Sendable, Hashable {
    public var maximum: Int
    /// 0 lets an idle pool shrink to nothing.
    public var minimum: Int

    /// The order of the two numbers does not matter, as in Celery (reference, 3.15).
    public init(_ first: Int, _ second: Int = 0) {
        maximum = max(first, second)
        minimum = min(first, second)
    }
}

extension SettingType where Value == AutoscaleBounds {
    /// `MAX,MIN`, or `MAX` alone.
    static var autoscale: SettingType {
        let expectation = "MAX,MIN, as in 10,3"
        return SettingType(expectation) { node throws(SettingsError) -> AutoscaleBounds in
            let text: String
            switch node.content {
            case .string(let value), .text(let value): text = value
            case .integer(let number): text = "\(number)"
            default: throw node.mismatch(expectation)
            }
            let numbers = commaSeparated(text).map { Int($0) }
            guard (1...2).contains(numbers.count), let first = numbers[0],
                let second = numbers.count == 2 ? numbers[1] : 0
            else { throw node.invalid(expectation, found: "'\(text)'") }
            let bounds = AutoscaleBounds(first, second)
            guard bounds.minimum >= 0, (1...10_000).contains(bounds.maximum) else {
                throw node.invalid("\(expectation), from 0 to 10000", found: "'\(text)'")
            }
            return bounds
        } show: {
            ConfigurationNode(.string("\($0.maximum),\($0.minimum)"))
        }
    }
}
