import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections
import SwiftWorkerTesting
import Testing

@testable import SwiftWorker

extension WorkerHarness {
    static let client = "client"

    /// Sends a request to the worker's control queue, without waiting.
    func ask(_ request: ControlRequest) {
        var message = request.message(in: ControlMailbox(), clock: 5, expires: nil)
        // In memory there is no fanout: straight to the queue.
        message.exchange = ""
        message.routingKey = "test@host.celery.pidbox"
        broker.publish(message)
    }

    /// Sends a command, and waits for its reply.
    func command(
        _ method: String,
        _ arguments: JSONObject = [:],
        destination: [String] = []
    ) async throws -> JSONValue {
        var request = ControlRequest(method, arguments)
        request.destination = destination
        request.ticket = "ticket"
        request.replyTo = .init(exchange: "reply.celery.pidbox", routingKey: Self.client)
        ask(request)
        return try await reply()
    }

    /// Sends a command, and checks its reply.
    func expect(
        _ reply: JSONValue,
        from method: String,
        _ arguments: JSONObject = [:],
        destination: [String] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let found = try await command(method, arguments, destination: destination)
        #expect(found == reply, sourceLocation: sourceLocation)
    }

    /// Checks a field of the next state that reaches the client.
    func expectState(
        _ field: String,
        _ value: JSONValue,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let state = try await states(1).first
        #expect(state?[field] == value, sourceLocation: sourceLocation)
    }

    /// The next reply.
    func reply() async throws -> JSONValue {
        var replies: [JSONValue] = []
        try await eventually("a reply") {
            replies += try broker.drain(Self.client).map { try JSONValue(parsing: $0.body) }
            return !replies.isEmpty
        }
        #expect(replies.count == 1)
        return replies[0]["test@host"] ?? .null
    }
}

/// A control store in memory that can be out of reach.
actor MemoryControlStore: ControlStore {
    nonisolated let name = "memory"
    private(set) var state = ControlState()
    private(set) var changes: [ControlChange] = []
    private(set) var scopes: [ControlScope] = []
    private(set) var attempts = 0
    private var failure: ControlStoreError?

    init(_ state: ControlState = ControlState(), failure: ControlStoreError? = nil) {
        self.state = state
        self.failure = failure
    }

    func fail(with failure: ControlStoreError?) { self.failure = failure }

    func set(_ state: ControlState) { self.state = state }

    func load(for node: String, _ limits: ControlLimits) async throws(ControlStoreError) -> ControlState {
        attempts += 1
        if let failure { throw failure }
        return state
    }

    func check() throws(ControlStoreError) { if let failure { throw failure } }

    func keep(
        _ change: ControlChange,
        for scope: ControlScope,
        _ limits: ControlLimits
    ) async throws(ControlStoreError) {
        attempts += 1
        if let failure { throw failure }
        changes.append(change)
        scopes.append(scope)
    }
}
