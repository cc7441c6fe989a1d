import JSON

/// Signals by name, as requests give them, with Linux's numbers.
public enum ControlSignal {
    /// What `terminate` sends when nothing else is said.
    public static let term: Int32 = 15

    /// Reads `SIGTERM`, `TERM`, 15 or null, which is TERM.
    ///
    /// A number as text, as `celery control terminate 9 …` sends it, is taken too; Celery refuses it.
    ///
    /// - Throws: `PythonException`, in Python's words.
    static func number(_ value: JSONValue) throws(PythonException) -> Int32 {
        guard PythonTruth.of(value) else { return term }
        if let number = value.integer ?? value.string.flatMap(Int64.init) {
            guard let signal = Int32(exactly: number), (1...64).contains(signal) else {
                throw .valueError("invalid signal number \(number)")
            }
            return signal
        }
        guard let name = value.string, name == name.uppercased(), name != name.lowercased() else {
            throw .typeError("signal name must be uppercase string.")
        }
        guard let number = names[name.hasPrefix("SIG") ? String(name.dropFirst(3)) : name] else {
            let full = name.hasPrefix("SIG") ? name : "SIG\(name)"
            let problem = "module 'signal' has no attribute '\(full)'"
            throw PythonException(type: "AttributeError", arguments: [.string(problem)])
        }
        return number
    }

    private static let names: [String: Int32] = [
        "HUP": 1, "INT": 2, "QUIT": 3, "ILL": 4, "TRAP": 5, "ABRT": 6, "IOT": 6, "BUS": 7, "FPE": 8, "KILL": 9,
        "USR1": 10,
        "SEGV": 11, "USR2": 12, "PIPE": 13, "ALRM": 14, "TERM": 15, "STKFLT": 16, "CHLD": 17, "CLD": 17, "CONT": 18,
        "STOP": 19, "TSTP": 20, "TTIN": 21, "TTOU": 22, "URG": 23, "XCPU": 24, "XFSZ": 25, "VTALRM": 26, "PROF": 27,
        "WINCH": 28, "IO": 29, "POLL": 29, "PWR": 30, "SYS": 31, "RTMIN": 34, "RTMAX": 64,
    ]
}
