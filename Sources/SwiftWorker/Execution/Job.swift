import CeleryProtocol

/// What it takes to run one task: the message and the task that it names. It has no right to settle the message, so it
/// may go to a slot, and its parts to a child process.
struct Job: Sendable {
    let envelope: TaskRequest.Envelope
    let task: RegisteredTask
    /// The decoded body of a protocol 1 message, whose name and id are inside it.
    let opened: TaskPayload?

    var id: String { envelope.headers.id }
    var headers: TaskHeaders { envelope.headers }

    /// Whether the message's `expires` has passed: strictly, as in Celery (reference, 3.9).
    func isExpired(at now: () -> Instant) -> Bool {
        guard let expires = headers.expires else { return false }
        return now() > expires
    }
}
