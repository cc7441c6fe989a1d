public import BrokerModel
public import CeleryProtocol

/// What a dead letter says about its death, in its headers.
///
/// | header `x-swiftworker-dead-…` | holds |
/// |---|---|
/// | `reason` | see `DeadLetterReason` |
/// | `exception-type` | the class of the exception, with its module unless it is Python's own |
/// | `exception` | what Python's `repr` gives for it |
/// | `traceback` | its beginning and end |
/// | `worker` | the node name |
/// | `queue` | the queue that the message was taken from |
/// | `first-failure`, `last-failure` | ISO-8601 in UTC |
/// | `attempts` | how often the task has been run or tried, earlier deaths included |
/// | `retries` | the message's retries when it died, for counting on after a replay |
public struct DeadLetterNote: Sendable, Hashable {
    public var reason: DeadLetterReason
    /// The class, with its module unless it is Python's own: `celery.exceptions.NotRegistered`.
    public var exceptionType: String?
    /// What `repr` gives.
    public var exception: String?
    public var traceback: String?
    public var worker: String?
    public var queue: String?
    public var firstFailure: Instant?
    public var lastFailure: Instant?
    public var attempts: Int?
    var retries: Int?

    /// Makes the note for a message that dies now.
    ///
    /// The first failure and the attempts of earlier deaths are taken from the message, which has kept them over its replay.
    ///
    /// - Parameters:
    ///   - retries: of the message.
    ///   - losses: how often the task has taken its process along, beyond its retries.
    public init(
        reason: DeadLetterReason,
        exception: PythonException?,
        of message: IncomingMessage,
        retries: Int,
        losses: Int = 0,
        worker: String,
        now: Instant
    ) {
        let earlier = DeadLetterNote(notedIn: message.properties.headers ?? [:])
        self.reason = reason
        exceptionType = exception.map { $0.module == "builtins" ? $0.type : "\($0.module).\($0.type)" }
        self.exception = exception?.repr
        traceback = exception?.traceback
        self.worker = worker
        queue = message.queue
        firstFailure = earlier.firstFailure ?? now
        lastFailure = now
        // Replayed without a reset it went on from the retries that it died with.
        let before = earlier.retries ?? 0
        let tries = max(1, retries.asCount - before + 1 + losses.asCount)
        attempts = ((earlier.attempts ?? 0) + tries).asCount
        self.retries = retries.asCount
    }

    /// Reads the note of a dead letter: the worker's, or the broker's where it was the one.
    public init(_ message: IncomingMessage) {
        let headers = message.properties.headers ?? [:]
        self.init(notedIn: headers)
        guard reason == .unknown, let death = BrokerDeath(headers) else { return }
        reason = death.reason
        queue = queue ?? death.queue
        lastFailure = death.time
        firstFailure = firstFailure ?? death.time
    }

    /// Reads the worker's headers alone.
    init(notedIn headers: FieldTable) {
        func text(_ name: Header) -> String? { headers[name.rawValue]?.string }
        reason = text(.reason).map { DeadLetterReason(rawValue: $0) } ?? .unknown
        exceptionType = text(.exceptionType)
        exception = text(.exception)
        traceback = text(.traceback)
        worker = text(.worker)
        queue = text(.queue)
        firstFailure = text(.firstFailure).flatMap { Instant(iso8601: $0) }
        lastFailure = text(.lastFailure).flatMap { Instant(iso8601: $0) }
        attempts = headers[Header.attempts.rawValue]?.integer?.asCount
        retries = headers[Header.retries.rawValue]?.integer?.asCount
    }

    /// The headers' names.
    enum Header: String, CaseIterable {
        case reason = "x-swiftworker-dead-reason"
        case exceptionType = "x-swiftworker-dead-exception-type"
        case exception = "x-swiftworker-dead-exception"
        case traceback = "x-swiftworker-dead-traceback"
        case worker = "x-swiftworker-dead-worker"
        case queue = "x-swiftworker-dead-queue"
        case firstFailure = "x-swiftworker-dead-first-failure"
        case lastFailure = "x-swiftworker-dead-last-failure"
        case attempts = "x-swiftworker-dead-attempts"
        case retries = "x-swiftworker-dead-retries"

        /// Those that a message keeps when it is replayed, for its next death.
        static let lasting: Set<Header> = [.firstFailure, .attempts, .retries]

        static let names = Set(allCases.map(\.rawValue))
    }
}

extension Int {
    /// The number within what is counted here: those of a message are anybody's, and are added up.
    fileprivate var asCount: Int { Swift.min(Swift.max(0, self), Int(Int32.max)) }
}

extension DeadLetterNote {
    /// The largest exception, in bytes.
    static let maximumException = 4_096
    /// The largest traceback, in bytes.
    static let maximumTraceback = 16_384
    /// How many bytes all headers of a dead letter may take: they go in one frame of AMQP, of 128 KiB most often. Where the
    /// message has nearly as many itself, exception and traceback are cut shorter, or left out.
    static let maximumHeaders = 120_000

    /// Writes the note into a header table, in place of an earlier one.
    func write(into headers: inout FieldTable) {
        headers.entries.removeAll { Header.names.contains($0.name) }
        func set(_ name: Header, _ value: FieldValue?) { headers[name.rawValue] = value }
        set(.reason, .string(reason.rawValue))
        set(.exceptionType, exceptionType.map { .string(BoundedText.beginning(of: $0, bytes: 256)) })
        set(.worker, worker.map { .string(BoundedText.beginning(of: $0, bytes: 256)) })
        set(.queue, queue.map(FieldValue.string))
        set(.firstFailure, firstFailure.map { .string($0.iso8601()) })
        set(.lastFailure, lastFailure.map { .string($0.iso8601()) })
        set(.attempts, attempts.map(FieldValue.integer))
        set(.retries, retries.map(FieldValue.integer))
        func room(_ most: Int) -> Int? {
            let room = min(most, Self.maximumHeaders - headers.approximateSize)
            return room > BoundedText.smallest ? room : nil
        }
        if let exception, let room = room(Self.maximumException) {
            set(.exception, .string(BoundedText.beginning(of: exception, bytes: room)))
        }
        if let traceback, let room = room(Self.maximumTraceback) {
            set(.traceback, .string(BoundedText.beginningAndEnd(of: traceback, bytes: room)))
        }
    }
}
