import CeleryProtocol
import JSON
import OrderedCollections

/// One argument of a remote command: its name, and what a word becomes.
struct RemoteParameter: Sendable {
    let name: String
    /// `nil` for a word that does not fit.
    let value: @Sendable (String) -> JSONValue?

    static func text(_ name: String) -> RemoteParameter { RemoteParameter(name: name) { .string($0) } }

    static func integer(_ name: String) -> RemoteParameter {
        RemoteParameter(name: name) { Int64($0).map(JSONValue.integer) }
    }

    static func number(_ name: String) -> RemoteParameter {
        RemoteParameter(name: name) { Double($0).flatMap { $0.isFinite ? .double($0) : nil } }
    }

    static func flag(_ name: String) -> RemoteParameter {
        RemoteParameter(name: name) { Truth(argument: $0).map { .bool($0.value) } }
    }

    /// `name=value`, as it is.
    static func pair(_ name: String) -> RemoteParameter {
        RemoteParameter(name: name) { $0.contains("=") ? .string($0) : nil }
    }
}
