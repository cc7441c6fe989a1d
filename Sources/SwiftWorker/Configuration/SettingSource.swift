/// Where a setting's value came from.
public enum SettingSource: Sendable, Hashable {
    case builtIn
    /// Lines and columns count from 1.
    case file(path: String, line: Int, column: Int)
    /// The variable's name.
    case environment(String)
    /// The option as the user knows it, for example `-c`.
    case flag(String)
}

extension SettingSource: CustomStringConvertible {
    /// As `swiftworker config` prints it.
    public var description: String {
        switch self {
        case .builtIn: "default"
        case .file(let path, let line, _): "\(path):\(line)"
        case .environment(let name): "environment \(name)"
        case .flag(let option): "flag \(option)"
        }
    }

    /// What stands before an error's message.
    var position: String {
        switch self {
        case .builtIn: "default"
        case .file(let path, let line, let column): "\(path):\(line):\(column)"
        case .environment(let name): "environment variable \(name)"
        case .flag(let option): "option \(option)"
        }
    }
}
