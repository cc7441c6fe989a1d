/// A plain value in the configuration.
public enum SettingScalar: Sendable, Hashable {
    case bool(Bool)
    case integer(Int)
    case string(String)
}
