import CeleryProtocol
import JSON
import OrderedCollections
import Testing

@Suite("Python exceptions")
struct PythonExceptionTests {
    private static let known: [(String, PythonException)] = [
        ("valueError", .valueError("bad")), ("typeError", .typeError("it's")), ("runtimeError", .runtimeError("again")),
        ("keyError", .keyError("boo")), ("timeoutError", .timeoutError("late")), ("osError", .osError(28, "No space")),
        ("fileNotFound", .fileNotFound()), ("notRegistered", .notRegistered("proj.x")),
        ("revoked", .taskRevoked(.expired)),
        ("invalidTask", .invalidTask("Task keyword arguments is not a mapping")), ("reject", .reject("no")),
        ("rejectNone", .reject(nil, requeue: true)), ("chordError", .chordError("Dependency x raised ValueError('x')")),
        ("maxRetries", .maxRetriesExceeded(task: "t", id: "i", argsRepr: "(1,)", kwargsRepr: "{}")),
        ("workerLost", .workerLost("Worker exited prematurely: signal 9 (SIGKILL) Job: 3.")),
        ("timeLimit", .timeLimitExceeded(5)), ("timeLimitHalf", .timeLimitExceeded(0.5)),
        ("softTimeLimit", .softTimeLimitExceeded),
        ("several", PythonException(type: "ValueError", arguments: ["bad", 3, .null, [1, "x"], ["k": true]])),
        ("empty", PythonException(type: "Exception")), ("unicode", .valueError("ä\n")),
    ]

    @Test("encoding, repr and str are Python's")
    func likePython() throws {
        let vectors = try #require(try Vectors.section("exceptions").object)
        #expect(vectors.count == Self.known.count)
        for (name, exception) in Self.known {
            let vector = try #require(vectors[name], "\(name)")
            #expect(exception.fragment.text == vector["json"]?.string, "\(name)")
            // Python says OSError for the class it makes of two arguments; its own repr is the subclass's.
            #expect(exception.repr == vector["repr"]?.string, "\(name)")
            #expect(
                name.hasSuffix("Error") && name.hasPrefix("os") || name == "fileNotFound"
                    || exception.str == vector["str"]?.string,
                "\(name)"
            )
        }
    }

    private enum Trouble: Error {
        case simple
        case detailed(code: Int)
    }

    private struct Described: Error, CustomStringConvertible {
        var description: String { "the disk is full" }
    }

    private struct Own: PythonExceptionConvertible {
        var pythonException: PythonException { .valueError("mine") }
    }

    @Test("any Swift error gets a type, a module and a message")
    func swiftErrors() {
        let simple = PythonException(Trouble.simple)
        #expect(simple.type == "Trouble")
        #expect(simple.module == "swiftworker")
        #expect(simple.arguments == ["simple"])
        #expect(PythonException(Trouble.detailed(code: 5)).arguments == ["detailed(code: 5)"])
        let described = PythonException(Described())
        #expect(described.repr == "Described('the disk is full')")
        #expect(described.summary == "swiftworker.Described: the disk is full")
        #expect(PythonException(Own()) == .valueError("mine"))
        #expect(PythonException(PythonException.keyError("k")) == .keyError("k"))
        #expect(PythonException(CancellationError()).type == "CancellationError")
    }

    @Test("bounds the text of a Swift error")
    func bounded() {
        struct Long: Error, CustomStringConvertible {
            var description: String { String(repeating: "x", count: 1_000_000) }
        }
        #expect(PythonException(Long()).str.count == 65_536)
    }

    @Test("ends a traceback as Python does")
    func summary() {
        #expect(PythonException.valueError("bad").summary == "ValueError: bad")
        #expect(PythonException(type: "Exception").summary == "Exception")
        #expect(PythonException.taskRevoked(.revoked).summary == "celery.exceptions.TaskRevokedError: revoked")
    }
}

@Suite("Python's classes of exceptions")
struct PythonExceptionClassTests {
    @Test(
        "a class is itself and what it is derived from",
        arguments: [
            (
                "ConnectionResetError", "builtins",
                ["ConnectionResetError", "ConnectionError", "OSError", "IOError", "Exception"]
            ),
            ("IOError", "builtins", ["OSError", "EnvironmentError", "Exception", "BaseException"]),
            ("TimeoutError", "builtins", ["OSError"]),
            ("TimeoutError", "celery.exceptions", ["TaskError", "CeleryError"]),
            ("NotRegistered", "celery.exceptions", ["KeyError", "LookupError"]),
            ("TabError", "builtins", ["SyntaxError"]),
            ("Outer.Inner", "proj.errors", ["Inner", "Exception", "BaseException"]),
            ("SystemExit", "builtins", ["BaseException"]),
        ]
    )
    func isA(_ type: String, _ module: String, _ kinds: [String]) {
        let exception = PythonException(type: type, module: module)
        for kind in kinds { #expect(exception.isKind(of: kind), "\(type) \(kind)") }
    }

    @Test(
        "and nothing else",
        arguments: [
            ("OSError", "builtins", "ConnectionError"), ("TimeoutError", "celery.exceptions", "OSError"),
            ("KeyError", "builtins", "ValueError"), ("SystemExit", "builtins", "Exception"), ("Mine", "m", "OSError"),
        ]
    )
    func isNot(_ type: String, _ module: String, _ kind: String) {
        #expect(!PythonException(type: type, module: module).isKind(of: kind))
    }
}
