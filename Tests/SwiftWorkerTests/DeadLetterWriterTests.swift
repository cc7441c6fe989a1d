import BrokerModel
import CeleryProtocol
import Testing

@testable import SwiftWorker

/// Which ends of a message make it a dead letter, and what that says.
@Suite struct DeadLetterWriterTests {
    private func writer(_ change: (inout Settings) -> Void = { _ in }) -> DeadLetterWriter? {
        var settings = Settings()
        settings.taskDeadLetter = [DeadLetterPolicy.failures(true)]
        settings.deadLetterReasons = DeadLetterPolicy.selectableReasons
        change(&settings)
        return DeadLetterWriter(settings: settings, worker: "w@h", clock: .system)
    }

    private func request(_ options: TaskOptions = TaskOptions(), queue: String = "work", retries: Int = 2) -> Request {
        var headers = TaskHeaders(task: "t", id: "i")
        headers.retries = retries
        let message = IncomingMessage(
            routingKey: queue,
            queue: queue,
            properties: MessageProperties(headers: ["task": "t", "id": "i", "retries": .integer(retries)]),
            body: [1, 2, 3]
        )
        return Request(
            envelope: TaskRequest.Envelope(headers: headers, message: message, hostname: "w@h"),
            task: RegisteredTask(unregistered: "t"),
            policy: TaskPolicy(of: "", options: options, settings: Settings()),
            opened: nil,
            receipt: Receipt(tag: 1, settler: NoSettler())
        )
    }

    private func header(_ message: OutgoingMessage?, _ name: DeadLetterNote.Header) -> FieldValue? {
        message?.properties.headers?[name.rawValue]
    }

    private static let loss = WorkerLoss(
        cause: .signal(11, name: "SIGSEGV"),
        job: 3,
        processID: 42,
        peakMemory: 2_048,
        lastLines: ["about to crash"]
    )
    private static let late = TaskOptions(acksLate: true)

    @Test(arguments: [
        (Outcome.failure(.valueError("x")), "failed", "ValueError", 3),
        (.timedOut(.seconds(5)), "failed", "billiard.exceptions.TimeLimitExceeded", 3),
        (.lost(loss), "failed", "billiard.exceptions.WorkerLostError", 3),
        (.quarantined(loss), "quarantined", "billiard.exceptions.WorkerLostError", 5),
        (.unregistered, "unregistered", "celery.exceptions.NotRegistered", 3),
        (.refused(InvalidMessage(.undecodable, "x")), "undecodable", "celery.exceptions.InvalidTaskError", 3),
        (.refused(InvalidMessage(.tooLarge, "x")), "undecodable", "celery.exceptions.InvalidTaskError", 3),
        (.refused(InvalidMessage(.contentTypeRefused, "x")), "undecodable", "celery.exceptions.InvalidTaskError", 3),
        (.refused(InvalidMessage(.invalidETA, "x")), "malformed", "celery.exceptions.InvalidTaskError", 3),
        (.rejected(reason: "no", requeue: false), "rejected", "celery.exceptions.Reject", 3),
    ])
    func endsThatMakeDeadLetters(_ outcome: Outcome, _ reason: String, _ exception: String, _ attempts: Int) throws {
        for options in [TaskOptions(), Self.late] {
            let message = try #require(writer()?.letter(of: request(options), outcome))
            #expect(message.exchange == "swiftworker.dead" && message.routingKey == "work" && message.isMandatory)
            #expect(message.body == [1, 2, 3])
            #expect(header(message, .reason) == .string(reason))
            #expect(header(message, .exceptionType) == .string(exception))
            #expect(header(message, .worker) == "w@h" && header(message, .queue) == "work")
            #expect(header(message, .attempts)?.integer == attempts)
        }
    }

    @Test(arguments: [
        Outcome.success(.null), .ignored, .expired, .lostToRunAgain(loss), .cancelled(.shutdown),
        .rejected(reason: "later", requeue: true),
    ])
    func endsThatMakeNone(_ outcome: Outcome) {
        #expect(writer()?.letter(of: request(Self.late), outcome) == nil)
    }

    @Test func aTaskThatRunsAgainHasNotEnded() {
        let options = TaskOptions(acksLate: true, acksOnTimeout: false)
        #expect(writer()?.letter(of: request(options), .timedOut(.seconds(1))) == nil)
    }

    @Test func theEvidenceOfALossGoesAlong() throws {
        let message = try #require(writer()?.letter(of: request(), .quarantined(Self.loss)))
        let traceback = try #require(header(message, .traceback)?.string)
        #expect(header(message, .exception)?.string?.contains("signal 11 (SIGSEGV)") == true)
        #expect(traceback.contains("about to crash") && traceback.contains("2048 KiB"))
    }

    @Test func settingsDecide() {
        let failure = Outcome.failure(.valueError("x"))
        #expect(writer { $0.deadLetters = false } == nil)
        #expect(writer { $0.taskDeadLetter = [] }?.letter(of: request(), failure) == nil)
        #expect(
            writer { $0.taskDeadLetter = [DeadLetterPolicy.failures(true, of: "x.*")] }?.letter(of: request(), failure)
                == nil
        )
        #expect(writer { $0.deadLetterReasons = [.malformed] }?.letter(of: request(), .unregistered) == nil)
        #expect(writer { $0.deadLetterReasons = [.unregistered] }?.letter(of: request(), .unregistered) != nil)
        let byDefault = DeadLetterWriter(settings: Settings(), worker: "w", clock: .system)
        #expect(byDefault?.letter(of: request(), failure) == nil)
        #expect(byDefault?.letter(of: request(), .rejected(reason: "", requeue: false)) == nil)
        #expect(byDefault?.letter(of: request(), .unregistered) != nil)
    }

    @Test func aMessageWithoutATaskFollowsTheRulesForAll() {
        let message = IncomingMessage(routingKey: "work", queue: "work", properties: MessageProperties(), body: [0])
        #expect(header(writer()?.letter(of: message, InvalidMessage(.notATask, "x")), .reason) == "malformed")
        #expect(writer { $0.deadLetterReasons = [] }?.letter(of: message, InvalidMessage(.notATask, "x")) == nil)
    }

    @Test func whatHasNoDeadLetterQueueHasNoDeadLetters() {
        #expect(writer()?.letter(of: request(queue: "work.dead"), .unregistered) == nil)
        #expect(writer()?.letter(of: request(queue: String(repeating: "q", count: 252)), .unregistered) == nil)
    }

    private final class NoSettler: DeliverySettler {
        func settle(_ tag: UInt64, _ settlement: Settlement) -> Bool { true }
        func reclaimLeaked(_ tag: UInt64) {}
    }
}
