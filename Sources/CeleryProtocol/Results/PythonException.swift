public import JSON

/// An error that becomes itself in a Python result reader: `AsyncResult.get()` raises it.
///
/// Celery reference, 5.2. A class that the reader can't find is raised as a new class of that name.
public struct PythonException: Error, Sendable, Hashable {
    /// The class, `ValueError`; for a nested class its qualified name.
    public var type: String
    /// Where the class lives: `builtins`, `celery.exceptions`, `billiard.exceptions` …
    public var module: String
    /// What the class is called with.
    public var arguments: [JSONValue]
    /// The traceback as text that ends in a newline.
    public var traceback: String?

    public init(type: String, module: String = "builtins", arguments: [JSONValue] = []) {
        self.type = type
        self.module = module
        self.arguments = arguments
    }

    /// Makes the exception for any Swift error: its own, where it knows one, else a class named as the Swift type, in
    /// the module `swiftworker`, with the error's description.
    public init(_ error: any Error) {
        if let exception = error as? PythonException {
            self = exception
        } else if let convertible = error as? any PythonExceptionConvertible {
            self = convertible.pythonException
        } else {
            let text = String(String(describing: error).prefix(PythonException.maxDescription))
            self.init(
                type: String(describing: Swift.type(of: error)),
                module: "swiftworker",
                arguments: [.string(text)]
            )
        }
    }

    /// How much of a Swift error's description is kept, in characters.
    static let maxDescription = 65_536

    /// The class's name as `repr` shows it.
    private var name: Substring {
        type.split(separator: ".").last ?? Substring(type)
    }

    /// The text of Python's `repr()`: `ValueError('bad', 3)`.
    public var repr: String {
        if type == "Reject", module == PythonException.celery, arguments.count == 2 {
            return "reject requeue=\(PythonRepr.repr(arguments[1])): \(PythonException.str(arguments[0]))"
        }
        return "\(name)(\(arguments.map(PythonRepr.repr).joined(separator: ", ")))"
    }

    /// The text of Python's `str()`: the message.
    public var str: String {
        switch (type, arguments.count) {
        case ("TimeLimitExceeded", _), ("SoftTimeLimitExceeded", _): type + PythonRepr.tuple(arguments)
        case (_, 0): ""
        case ("KeyError", 1), ("NotRegistered", 1): PythonRepr.repr(arguments[0])
        case (_, 1): PythonException.str(arguments[0])
        default: PythonRepr.tuple(arguments)
        }
    }

    private static func str(_ value: JSONValue) -> String {
        if case .string(let text) = value { text } else { PythonRepr.repr(value) }
    }

    /// The last line of a traceback: `ValueError: bad`.
    public var summary: String {
        let qualified = module == "builtins" ? type : "\(module).\(type)"
        let text = str
        return text.isEmpty ? qualified : "\(qualified): \(text)"
    }

    /// What a result holds for it: `exc_type`, `exc_message`, `exc_module`.
    public var fragment: JSONFragment {
        var text: [UInt8] = []
        JSONText.append(raw: "{\"exc_type\": ", to: &text)
        JSONText.append(type, to: &text)
        JSONText.append(raw: ", \"exc_message\": ", to: &text)
        JSONText.append(arguments, to: &text)
        JSONText.append(raw: ", \"exc_module\": ", to: &text)
        JSONText.append(module, to: &text)
        text.append(UInt8(ascii: "}"))
        return JSONFragment(bytes: text)
    }
}

extension PythonException: CustomStringConvertible {
    public var description: String { repr }
}
