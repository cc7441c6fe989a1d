public import BrokerModel
public import CeleryProtocol
public import SwiftWorker

/// Sends states and results straight to the queue of the client that waits: Celery's `rpc://` (reference, 5.4).
///
/// Each state is a message of its own, confirmed by the broker. A client that is gone is no error: its queue went with
/// it, and nobody else could read the message.
public struct RPCResultStore: ResultStore {
    public let name = "rpc://"
    private let publisher: any BrokerPublisher
    private let isPersistent: Bool
    private let timeout: Duration

    /// - Parameters:
    ///   - isPersistent: whether results survive a restart of the broker (`result_persistent`).
    ///   - timeout: how long a publish may take before the result counts as not stored.
    public init(publisher: any BrokerPublisher, isPersistent: Bool, timeout: Duration) {
        self.publisher = publisher
        self.isPersistent = isPersistent
        self.timeout = timeout
    }

    public func wants(_ request: TaskRequest) -> Bool { request.replyTo?.isEmpty == false }

    public func store(_ meta: ResultMeta, for request: TaskRequest) async throws {
        let message = RPCReply.message(
            meta,
            replyTo: request.replyTo,
            correlationID: request.correlationID,
            isPersistent: isPersistent
        )
        guard let message else { return }
        try await publisher.publish(message, timeout: timeout)
    }
}
