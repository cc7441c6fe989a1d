/// Where changes of remote control are kept, so that they outlive the workers. All workers that share a store are told the
/// same.
public protocol ControlStore: Sendable {
    /// Where it is, for logs; never with a password.
    var name: String { get }

    /// Reads what is in force for a worker; makes what the store needs, where it is new.
    ///
    /// - Parameters:
    ///   - node: the worker's node name.
    ///   - limits: how much is kept, see `ControlLimits`.
    /// - Throws: `ControlStoreError`.
    func load(for node: String, _ limits: ControlLimits) async throws(ControlStoreError) -> ControlState

    /// Keeps a change. Keeping the same again does nothing: each worker that follows a broadcast command keeps it.
    ///
    /// - Throws: `ControlStoreError`. It is kept whole or not at all.
    func keep(_ change: ControlChange, for scope: ControlScope, _ limits: ControlLimits) async throws(ControlStoreError)

    /// Has the store answer, for the worker's readiness; asked about once a second.
    ///
    /// - Throws: `ControlStoreError` when it can't be reached.
    func check() async throws(ControlStoreError)
}

/// How much is remembered, in memory and in a control store (Celery reference, 3.9).
public struct ControlLimits: Sendable, Hashable {
    /// `CELERY_WORKER_REVOKES_MAX`: revoked ids; the oldest are forgotten first.
    public var revokedIDs = 50_000
    /// `CELERY_WORKER_REVOKE_EXPIRES`: once there are so many, older ones are forgotten, too. In memory only.
    public var revokedExpiry: Duration = .seconds(10_800)
    /// Revoked stamps; the oldest are forgotten first.
    public var revokedStamps = 10_000

    public init() {}
}

/// Why a control store could not do what it was asked for.
public struct ControlStoreError: Error, Sendable, CustomStringConvertible {
    /// Whether trying again may help.
    public enum Kind: Sendable, Hashable {
        /// It can't be reached, or is busy.
        case unavailable
        /// It refuses, and will again: a missing right, another version, a text that it can't hold.
        case refused
    }

    public let kind: Kind
    /// What is wrong; never holds a password.
    public let description: String

    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
