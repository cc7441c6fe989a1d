public import CeleryProtocol

/// Where states and results go, for those who wait for them.
public protocol ResultStore: Sendable {
    /// The backend's URL as the banner shows it; never with a password.
    var name: String { get }

    /// Whether there is anywhere to store for this request; cheap, so that most tasks without readers cost nothing.
    func wants(_ request: TaskRequest) -> Bool

    /// Stores one state, and returns when it is safe there.
    ///
    /// - Throws: when it could not be stored within the store's own limits.
    func store(_ meta: ResultMeta, for request: TaskRequest) async throws

    /// Has the store answer, for the worker's readiness; asked about once a second. Need not do anything where results
    /// take the worker's own connection.
    ///
    /// - Throws: when it can't be reached.
    func check() async throws
}

extension ResultStore {
    public func check() async throws {}
}

/// Stores nothing: Celery's `disabled://`.
public struct DisabledResultStore: ResultStore {
    public let name = "disabled://"

    public init() {}

    public func wants(_ request: TaskRequest) -> Bool { false }

    public func store(_ meta: ResultMeta, for request: TaskRequest) async throws {}
}
