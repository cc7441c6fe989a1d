extension PythonException {
    /// Whether the exception is of a class or of one derived from it, as Python's `except` decides it, for the classes
    /// that Python, Celery and billiard bring along. Of others only the own name is known, and that they are an
    /// `Exception`.
    ///
    /// - Parameter name: the class without its module: `OSError`.
    public func isKind(of name: String) -> Bool {
        let wanted = PythonException.aliases[name] ?? name
        var kind = String(type.split(separator: ".").last ?? Substring(type))
        kind = PythonException.aliases[kind] ?? kind
        // The table is no deeper than this; a name within it can't loop.
        for _ in 0..<8 {
            if kind == wanted { return true }
            guard kind != "BaseException" else { return false }
            kind = parent(of: kind)
        }
        return false
    }

    private func parent(of kind: String) -> String {
        if module == PythonException.celery, let parent = PythonException.celeryParents[kind] { return parent }
        return PythonException.parents[kind] ?? "Exception"
    }

    private static let aliases = ["IOError": "OSError", "EnvironmentError": "OSError"]

    /// Python's own classes whose parent is not `Exception`.
    private static let parents: [String: String] = [
        "Exception": "BaseException", "GeneratorExit": "BaseException", "KeyboardInterrupt": "BaseException",
        "SystemExit": "BaseException", "BaseExceptionGroup": "BaseException",
        "FloatingPointError": "ArithmeticError", "OverflowError": "ArithmeticError",
        "ZeroDivisionError": "ArithmeticError",
        "ModuleNotFoundError": "ImportError", "IndexError": "LookupError", "KeyError": "LookupError",
        "UnboundLocalError": "NameError",
        "BlockingIOError": "OSError", "ChildProcessError": "OSError", "ConnectionError": "OSError",
        "FileExistsError": "OSError", "FileNotFoundError": "OSError", "InterruptedError": "OSError",
        "IsADirectoryError": "OSError", "NotADirectoryError": "OSError", "PermissionError": "OSError",
        "ProcessLookupError": "OSError", "TimeoutError": "OSError",
        "BrokenPipeError": "ConnectionError", "ConnectionAbortedError": "ConnectionError",
        "ConnectionRefusedError": "ConnectionError", "ConnectionResetError": "ConnectionError",
        "NotImplementedError": "RuntimeError", "RecursionError": "RuntimeError",
        "IndentationError": "SyntaxError", "TabError": "IndentationError",
        "UnicodeError": "ValueError", "UnicodeDecodeError": "UnicodeError", "UnicodeEncodeError": "UnicodeError",
        "UnicodeTranslateError": "UnicodeError", "JSONDecodeError": "ValueError",
    ]

    /// The classes of `celery.exceptions`, one of which has a name of Python's.
    private static let celeryParents: [String: String] = [
        "TaskError": "CeleryError", "TaskPredicate": "CeleryError", "ImproperlyConfigured": "CeleryError",
        "SecurityError": "CeleryError",
        "AlreadyRegistered": "TaskError", "ChordError": "TaskError", "IncompleteStream": "TaskError",
        "InvalidTaskError": "TaskError", "MaxRetriesExceededError": "TaskError", "TaskRevokedError": "TaskError",
        "TimeoutError": "TaskError",
        // Both also derive from TaskError; a KeyError is what one catches them as.
        "NotRegistered": "KeyError", "QueueNotFound": "KeyError",
        "Ignore": "TaskPredicate", "Reject": "TaskPredicate", "Retry": "TaskPredicate",
        "BackendGetMetaError": "BackendError", "BackendStoreError": "BackendError",
    ]
}
