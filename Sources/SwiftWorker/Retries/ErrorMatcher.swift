import CeleryProtocol

/// A choice of errors: by Swift type, or by the class that Python raises for them.
///
/// It goes by names, so that it also holds for an error that comes from a child process, where only the name is left. A
/// Python class stands for those derived from it as well, as in Python's `except`: `OSError` for a `ConnectionError`. A
/// Swift type stands for itself.
public struct ErrorMatcher: Sendable, Hashable {
    /// Names of Swift types, without their modules, or of Python classes.
    public var names: Set<String>

    public init(names: Set<String> = []) {
        self.names = names
    }

    /// Every error: Python's `Exception`.
    public static let any = ErrorMatcher(names: ["Exception"])

    public mutating func insert(_ type: any Error.Type) {
        names.insert(String(describing: type))
    }

    /// Whether the error is one of the choice.
    public func matches(_ error: any Error) -> Bool {
        if names.isEmpty { return false }
        if names.contains(String(describing: Swift.type(of: error))) { return true }
        let exception = PythonException(error)
        return names.contains { exception.isKind(of: $0) }
    }
}
