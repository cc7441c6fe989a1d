/// One entry of `task_queues`.
public struct QueueSettings: Sendable, Hashable {
    public var name: String
    /// `nil` is the default exchange of the settings.
    public var exchange: String?
    public var exchangeType: String?
    /// `nil` is the queue's name.
    public var routingKey: String?
    /// Raw queue arguments; integers, booleans and strings.
    public var arguments: [String: SettingScalar] = [:]
    public var maxPriority: Int?
    public var isDurable = true
    public var isExclusive = false
    public var isAutoDelete = false
    /// Raw arguments of `basic.consume`, for example `x-priority`.
    public var consumerArguments: [String: SettingScalar] = [:]

    public init(name: String) {
        self.name = name
    }
}
