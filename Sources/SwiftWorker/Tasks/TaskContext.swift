public import Logging

/// What a running task can see and ask for.
///
/// A pool only runs bodies, so whatever a body asks for is handed to `TaskEffects` and done by the worker.
public struct TaskContext: Sendable {
    /// The message's metadata: Python's `self.request`.
    public let request: TaskRequest
    /// A logger whose lines carry the task's name and id.
    public let logger: Logger
    private let effects: any TaskEffects

    public init(request: TaskRequest, logger: Logger, effects: any TaskEffects) {
        self.request = request
        self.logger = logger
        self.effects = effects
    }

    /// Stores a state of one's own, for example progress, which a result reader sees at once.
    ///
    /// - Throws: when `meta` can't be encoded or the result store fails. Does nothing when results are ignored.
    public func updateState(_ state: String, meta: some Encodable & Sendable) async throws {
        try await effects.updateState(state, meta: meta, of: request)
    }
}

/// What the worker does on behalf of a running body.
public protocol TaskEffects: Sendable {
    func updateState(_ state: String, meta: any Encodable & Sendable, of request: TaskRequest) async throws
}
