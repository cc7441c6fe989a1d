import BrokerModel
import CeleryProtocol
import JSON
import Testing

@testable import SwiftWorker

/// Making dead letters, reading them, and running them again.
@Suite struct DeadLetterTests {
    private let now = Instant(secondsSince1970: 1_800_000_000.25)

    private func message(_ headers: FieldTable = [:], queue: String = "video") -> IncomingMessage {
        var table: FieldTable = [
            "lang": "py", "task": "video.cut", "id": "i", "retries": .int64(3), "x-mine": .uint8(1),
        ]
        for entry in headers.entries { table[entry.name] = entry.value }
        var properties = MessageProperties(
            contentType: "application/json",
            contentEncoding: "utf-8",
            headers: table,
            deliveryMode: 1,
            priority: 4,
            correlationID: "i",
            replyTo: "oid",
            expiration: "5000"
        )
        properties.userID = "producer"
        properties.messageID = "m"
        return IncomingMessage(routingKey: queue, queue: queue, properties: properties, body: [0xff, 0x00, 0x5b])
    }

    private func note(_ message: IncomingMessage, retries: Int = 3, losses: Int = 0, at time: Instant? = nil)
        -> DeadLetterNote
    {
        var exception = PythonException.keyError("boo")
        exception.traceback = "Traceback (most recent call last):\nKeyError: 'boo'\n"
        return DeadLetterNote(
            reason: .failed,
            exception: exception,
            of: message,
            retries: retries,
            losses: losses,
            worker: "w1@vm",
            now: time ?? now
        )
    }

    /// What the broker delivers from the dead-letter queue.
    private func delivered(_ sent: OutgoingMessage, from queue: String) -> IncomingMessage {
        IncomingMessage(
            exchange: sent.exchange,
            routingKey: sent.routingKey,
            queue: queue,
            properties: sent.properties,
            body: sent.body
        )
    }

    private func replay(_ dead: IncomingMessage, to queue: String? = nil, resetsRetries: Bool = false) throws
        -> OutgoingMessage
    {
        let letter = DeadLetter(dead, payloads: PayloadDecoder(), opensBody: false)
        return try DeadLetterMessage.replay(letter, to: queue, resetsRetries: resetsRetries, now: now)
    }

    @Test func carriesItsCauseAndNothingElseIsTouched() {
        let original = message(["x-death": .array([]), "x-delivery-count": .int64(2)])
        let sent = DeadLetterMessage.message(of: original, note(original, losses: 1))
        #expect(sent.exchange == "swiftworker.dead" && sent.routingKey == "video" && sent.isMandatory)
        #expect(sent.body == original.body)
        var expected = message().properties
        expected.deliveryMode = 2
        expected.expiration = nil
        expected.userID = nil
        let added: FieldTable = [
            "x-swiftworker-dead-reason": "failed",
            "x-swiftworker-dead-exception-type": "KeyError",
            "x-swiftworker-dead-worker": "w1@vm",
            "x-swiftworker-dead-queue": "video",
            "x-swiftworker-dead-first-failure": "2027-01-15T08:00:00.250000+00:00",
            "x-swiftworker-dead-last-failure": "2027-01-15T08:00:00.250000+00:00",
            "x-swiftworker-dead-attempts": .int32(5),
            "x-swiftworker-dead-retries": .int32(3),
            "x-swiftworker-dead-exception": "KeyError('boo')",
            "x-swiftworker-dead-traceback": "Traceback (most recent call last):\nKeyError: 'boo'\n",
        ]
        expected.headers?.entries += added.entries
        #expect(sent.properties == expected)
        #expect(DeadLetterNote(delivered(sent, from: "video.dead")) == note(original, losses: 1))
    }

    @Test func aMessageWithoutHeadersGetsSome() {
        var foreign = message()
        foreign.properties.headers = nil
        let note = DeadLetterNote(
            reason: .undecodable,
            exception: nil,
            of: foreign,
            retries: 0,
            worker: "w1@vm",
            now: now
        )
        let sent = DeadLetterMessage.message(of: foreign, note)
        let read = DeadLetterNote(delivered(sent, from: "video.dead"))
        #expect(read.reason == .undecodable && read.exception == nil && read.attempts == 1)
    }

    @Test func aReplayIsTheTaskAgain() throws {
        let original = message()
        let dead = delivered(DeadLetterMessage.message(of: original, note(original)), from: "video.dead")
        let replayed = try replay(dead)
        #expect(replayed.exchange == "" && replayed.routingKey == "video" && replayed.isMandatory)
        #expect(replayed.body == original.body)
        var expected = message().properties.headers
        expected?["x-swiftworker-dead-first-failure"] = "2027-01-15T08:00:00.250000+00:00"
        expected?["x-swiftworker-dead-attempts"] = .int32(4)
        expected?["x-swiftworker-dead-retries"] = .int32(3)
        #expect(replayed.properties.headers == expected)
        #expect(replayed.properties.correlationID == "i" && replayed.properties.replyTo == "oid")
        #expect(try replay(dead, to: "other").routingKey == "other")

        let reset = try #require(try replay(dead, resetsRetries: true).properties.headers)
        #expect(reset["retries"] == .int32(0))
        #expect(reset["x-swiftworker-dead-retries"] == nil)
    }

    @Test func deathsAddUp() throws {
        // Four tries; replayed as it was it has one more; replayed anew it has four more.
        var current = message()
        var attempts: [Int?] = []
        for (retries, resets) in [(3, false), (3, true), (3, false)] {
            current.properties.headers?["retries"] = .integer(retries)
            let note = note(current, retries: retries, at: now + .seconds(attempts.count * 100))
            attempts.append(note.attempts)
            #expect(note.firstFailure == now && note.lastFailure == now + .seconds((attempts.count - 1) * 100))
            let dead = delivered(DeadLetterMessage.message(of: current, note), from: "video.dead")
            current = delivered(try replay(dead, resetsRetries: resets), from: "video")
        }
        #expect(attempts == [4, 5, 9])
    }

    @Test func aReplayRunsAlthoughItHadExpired() throws {
        func expires(_ value: FieldValue) throws -> FieldValue? {
            try replay(message(["expires": value], queue: "video.dead")).properties.headers?["expires"]
        }
        #expect(try expires("2027-01-15T08:00:00+00:00") == .void)
        #expect(try expires(.bytes(Array("2027-01-15T08:00:00+00:00".utf8))) == .void)
        #expect(try expires("2027-01-15T08:00:01+00:00") == "2027-01-15T08:00:01+00:00")
    }

    /// Nobody can take it off there: published, it would be acknowledged and not run.
    @Test func anExpiryInTheBodyKeepsALetterWhereItIs() throws {
        func old(_ expires: String) -> IncomingMessage {
            let body = #"{"task": "t", "id": "i", "args": [], "kwargs": {}, "expires": "\#(expires)"}"#
            return IncomingMessage(
                routingKey: "video",
                queue: "video.dead",
                properties: MessageProperties(contentType: "application/json", contentEncoding: "utf-8"),
                body: Array(body.utf8)
            )
        }
        #expect(throws: DeadLetterMessage.Refusal.expired) { try replay(old("2027-01-15T08:00:00+00:00")) }
        #expect(try replay(old("2027-01-15T08:00:01+00:00")).routingKey == "video")
    }

    @Test func aReplayNeedsToKnowWhereTo() throws {
        #expect(throws: DeadLetterMessage.Refusal.noQueue) { try replay(message(queue: "somewhere")) }
        #expect(try replay(message(queue: "video.dead")).routingKey == "video")
        #expect(try replay(message(queue: "somewhere"), to: "video").routingKey == "video")
    }

    @Test(
        arguments: [
            (.max, .min, .max, 2_147_483_647), (-5, .max, .min, 1), (.min, .min, 0, 1), (2, 1, 3, 5), (0, 3, 1, 1),
        ] as [(Int64, Int64, Int, Int)]
    )
    func countsOfAnySizeAddUp(_ attempts: Int64, _ before: Int64, _ retries: Int, _ expected: Int) {
        let headers: FieldTable = [
            "x-swiftworker-dead-attempts": .int64(attempts), "x-swiftworker-dead-retries": .int64(before),
        ]
        #expect(note(message(headers), retries: retries).attempts == expected)
    }

    @Test func theBrokersOwnDeadLettersAreRead() {
        func death(_ queue: String, _ reason: String) -> FieldValue {
            .table([
                "queue": .string(queue), "reason": .string(reason), "time": .timestamp(1_700_000_000),
                "count": .int64(1),
            ])
        }
        let headers: FieldTable = [
            "x-death": .array([
                death("celery_delayed_3", "expired"), death("video", "delivery_limit"), death("x", "maxlen"),
            ])
        ]
        let note = DeadLetterNote(message(headers, queue: "video.dead"))
        #expect(note.reason == .deliveryLimit && note.queue == "video")
        #expect(note.lastFailure == Instant(secondsSince1970: 1_700_000_000))
        #expect(note.attempts == nil && note.exception == nil)
        let delayed: FieldTable = ["x-death": .array([death("celery_delayed_3", "expired"), .string("x")])]
        #expect(DeadLetterNote(message(delayed)).reason == .unknown)
    }

    @Test(arguments: [0, 50_000, 110_000, 117_000, 119_000, 119_600, 125_000])
    func headersStayWithinAFrame(_ filling: Int) {
        let original = message(["x-large": .string(String(repeating: "x", count: filling))])
        var thrown = PythonException.valueError(String(repeating: "ä", count: 10_000))
        thrown.traceback = "first\n" + String(repeating: "ü👩‍👩‍👧", count: 30_000) + "\nlast\n"
        let note = DeadLetterNote(
            reason: .failed,
            exception: thrown,
            of: original,
            retries: 0,
            worker: String(repeating: "w", count: 5_000),
            now: now
        )
        let headers = DeadLetterMessage.message(of: original, note).properties.headers ?? [:]
        #expect(headers.approximateSize < 131_072 - 4_096)
        let exception = headers["x-swiftworker-dead-exception"]?.string
        let traceback = headers["x-swiftworker-dead-traceback"]?.string
        #expect((exception == nil) == (filling >= 119_600))
        #expect((traceback == nil) == (filling >= 117_000))
        #expect((exception?.utf8.count ?? 0) <= 4_096 && (traceback?.utf8.count ?? 0) <= 16_384)
        if let traceback {
            #expect(
                traceback.hasPrefix("first\n") && traceback.hasSuffix("\nlast\n") && !traceback.contains("\u{fffd}")
            )
            #expect(traceback.contains("bytes left out"))
        }
        if let exception { #expect(exception.hasSuffix("ä…")) }
    }

    @Test func namesAndTopology() throws {
        let topology = try #require(DeadLetterTopology.topology(of: "video", isQuorum: true))
        #expect(topology.queue == QueueDeclaration(name: "video.dead", arguments: ["x-queue-type": "quorum"]))
        #expect(topology.exchange == ExchangeDeclaration(name: "swiftworker.dead"))
        #expect(topology.routingKey == "video")
        #expect(
            DeadLetterTopology.topology(of: "video", isQuorum: false)?.queue.arguments == ["x-queue-type": "classic"]
        )
        #expect(DeadLetterTopology.topology(of: "video.dead", isQuorum: true) == nil)
        #expect(DeadLetterTopology.queueName(of: String(repeating: "q", count: 251)) == nil)
        #expect(DeadLetterTopology.origin(of: "a.b.dead") == "a.b")
        #expect(DeadLetterTopology.origin(of: "video") == nil && DeadLetterTopology.origin(of: ".dead") == nil)
    }

    @Test(
        arguments: [
            (DeadLetterReason.failed, "video.cut", false), (.quarantined, "video.cut", true), (.undecodable, nil, true),
            (.malformed, nil, true), (.unregistered, "x", true), (.rejected, "x", false), (.expired, "x", false),
        ] as [(DeadLetterReason, String?, Bool)]
    )
    func keepsByDefaultWhatIsNoTasksOwnEnd(_ reason: DeadLetterReason, _ task: String?, _ expected: Bool) {
        #expect(DeadLetterPolicy().keeps(reason, of: task) == expected)
    }

    @Test func theFirstRuleThatFitsDecides() {
        let policy = DeadLetterPolicy(rules: [
            DeadLetterPolicy.failures(false, of: "video.preview"), DeadLetterPolicy.failures(true, of: "video.*"),
            DeadLetterPolicy.Rule(false, reasons: [.unregistered]), DeadLetterPolicy.Rule(false, task: "noisy.*"),
        ])
        #expect(policy.keeps(.failed, of: "video.cut"))
        #expect(!policy.keeps(.failed, of: "video.preview"))
        #expect(!policy.keeps(.failed, of: "mail.send"))
        #expect(!policy.keeps(.failed, of: nil))
        #expect(!policy.keeps(.unregistered, of: "x"))
        #expect(!policy.keeps(.quarantined, of: "noisy.x") && policy.keeps(.quarantined, of: "x"))
        #expect(policy.keeps(.undecodable, of: nil))
    }

    @Test func anUnknownTaskIsGivenBackAFewTimes() throws {
        let rule = UnregisteredRule(limit: 2, delay: .seconds(10))
        var current = message()
        for count in 1...2 {
            guard case .passedOn(let parked) = rule.outcome(of: current) else {
                Issue.record("not given back")
                return
            }
            #expect(DelayTopology.isDelayed(parked.exchange))
            #expect(parked.routingKey == DelayRoutingKey.key(seconds: 10, to: "queue:video"))
            #expect(parked.properties.headers?[UnregisteredRule.header] == .integer(count))
            #expect(parked.body == current.body)
            current.properties = parked.properties
        }
        guard case .unregistered = rule.outcome(of: current) else {
            Issue.record("given back once more")
            return
        }
        guard case .unregistered = rule.outcome(of: message(queue: String(repeating: "q", count: 200))) else {
            Issue.record("parked in a queue without a key")
            return
        }
    }
}
