public import JSON
public import OrderedCollections

/// The command `revoke`, or `terminate`.
public struct ControlRevocation: Sendable, Hashable {
    /// Each once, in the order given.
    public var ids: [String]
    /// Whether those that run are to be ended.
    public var terminates: Bool
    /// As given; see `signalNumber()`.
    public var signal: JSONValue

    public init(ids: [String], terminates: Bool = false, signal: JSONValue = .null) {
        self.ids = ids
        self.terminates = terminates
        self.signal = signal
    }

    /// The signal to end processes with.
    ///
    /// As in Celery it is read when a task is to be terminated: the ids are revoked before, whatever the signal is.
    ///
    /// - Throws: `PythonException` for one that does not exist.
    public func signalNumber() throws(PythonException) -> Int32 { try ControlSignal.number(signal) }

    /// A text or a list of texts; numbers are taken as texts.
    ///
    /// - Throws: `PythonException` for one that is too long.
    static func ids(_ value: JSONValue) throws(PythonException) -> [String] {
        let values = value.array ?? (PythonTruth.of(value) ? [value] : [])
        var ids: OrderedSet<String> = []
        for value in values {
            let id = value.string ?? PythonRepr.repr(value)
            guard id.utf8.count <= ControlRequest.maximumTextBytes else {
                throw .valueError("a task id has \(ControlRequest.maximumTextBytes) bytes at most")
            }
            ids.append(id)
        }
        return ids.elements
    }
}

/// The command `revoke_by_stamped_headers`.
public struct ControlStampRevocation: Sendable, Hashable {
    /// As given, for the reply; a list of `name=value` has become an object.
    public var headers: JSONObject
    /// Whether matching tasks that run are to be ended.
    public var terminates: Bool
    public var signal: Int32

    public init(headers: JSONObject, terminates: Bool = false, signal: Int32 = ControlSignal.term) {
        self.headers = headers
        self.terminates = terminates
        self.signal = signal
    }

    /// The values of each stamp that are revoked.
    public var stamps: OrderedDictionary<String, [JSONValue]> { headers.mapValues { $0.array ?? [$0] } }

    /// - Throws: `PythonException` for another shape, and for a stamp that is too long or has parts.
    static func headers(_ value: JSONValue) throws(PythonException) -> JSONObject {
        let members = try members(value)
        for (name, value) in members {
            for value in value.array ?? [value] {
                let length = name.utf8.count + (value.string ?? "").utf8.count
                guard length <= ControlRequest.maximumTextBytes else {
                    throw .valueError("a stamp has \(ControlRequest.maximumTextBytes) bytes at most")
                }
                if value.array != nil || value.object != nil {
                    throw .typeError("unhashable type: '\(value.array == nil ? "dict" : "list")'")
                }
            }
        }
        return members
    }

    private static func members(_ value: JSONValue) throws(PythonException) -> JSONObject {
        switch value {
        case .object(let members): return members
        case .array(let pairs):
            var members: JSONObject = [:]
            for pair in pairs {
                let parts = (pair.string ?? "").split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2 else {
                    throw PythonException(type: "IndexError", arguments: [.string("list index out of range")])
                }
                members[String(parts[0])] = .string(String(parts[1]))
            }
            return members
        default:
            throw .typeError("headers must be a dict or a list of name=value, not \(PythonRepr.repr(value))")
        }
    }
}
