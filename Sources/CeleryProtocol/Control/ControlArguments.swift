import JSON
import OrderedCollections

/// The arguments of a command, with Python's words for those that are missing.
struct ControlArguments {
    let method: String
    let members: JSONObject

    init(_ method: String, _ members: JSONObject) {
        self.method = method
        self.members = members
    }

    /// An argument; null when it is absent.
    subscript(name: String) -> JSONValue { members[name] ?? .null }

    func require(_ names: String...) throws(PythonException) {
        let missing = names.filter { members[$0] == nil }.map { "'\($0)'" }
        guard !missing.isEmpty else { return }
        let plural = missing.count == 1 ? "" : "s"
        let list = missing.joined(separator: " and ")
        throw .typeError("\(method)() missing \(missing.count) required positional argument\(plural): \(list)")
    }

    /// Refuses arguments that the command does not have.
    func take(_ names: String...) throws(PythonException) {
        guard let other = members.keys.first(where: { !names.contains($0) }) else { return }
        throw .typeError("\(method)() got an unexpected keyword argument '\(other)'")
    }

    /// A number of seconds, of any type; null is none.
    func number(_ name: String) throws(PythonException) -> Double? {
        let value = self[name]
        if value.isNull { return nil }
        guard let number = value.double ?? value.string.flatMap(Double.init), number.isFinite, abs(number) < 1e9 else {
            throw .valueError("could not convert to float: \(PythonRepr.repr(value))")
        }
        return number
    }

    /// How many, from 0 on; null is none.
    func count(_ name: String) throws(PythonException) -> Int? {
        let value = self[name]
        if value.isNull { return nil }
        guard let number = value.integer ?? value.string.flatMap(Int64.init), (0...10_000).contains(number) else {
            throw .valueError("\(method)() argument '\(name)' must be 0 to 10000, not \(PythonRepr.repr(value))")
        }
        return Int(number)
    }

    func text(_ name: String) throws(PythonException) -> String {
        guard let text = self[name].string else {
            throw .typeError("\(method)() argument '\(name)' must be str, not \(PythonRepr.repr(self[name]))")
        }
        return text
    }
}
