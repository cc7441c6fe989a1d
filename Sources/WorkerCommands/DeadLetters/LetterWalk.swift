import BrokerModel
import CeleryProtocol
import SwiftWorker

/// One walk through dead-letter queues: takes each letter once, gives those that fit, and at the end puts back all that
/// has not been settled, in one go and in order.
///
/// Nothing is put back before the end, or it would come again. A walk that is killed puts everything back as well.
///
/// Quorum queues count how often a message has come back, and RabbitMQ from 4.0 on drops it after 20 times, silently, unless
/// a policy says otherwise. So a letter that has come back `mostReturns` times is published anew, at the queue's end.
struct LetterWalk {
    /// Below the limits that deployments set for queues of which dead-letter queues may have inherited them.
    static let mostReturns = 5
    /// The broker has taken back what was held.
    static let lost = StartError(
        "the connection is lost, or letters were held for too long; run it again for the rest",
        exitCode: ProcessExit.failure
    )

    let session: any BrokerSession
    let queues: [String]
    let filter: DeadLetterFilter
    let payloads: PayloadDecoder
    let now: Instant
    /// Names of a task's parameters, for arguments that are passed by position.
    let parameters: @Sendable (String) -> [String]
    /// Whether arguments are of interest to the caller.
    var opensBody = false
    /// How long publishing a letter anew may take.
    var timeout: Duration = .seconds(30)
    /// How many letters may be given.
    var limit = Int.max
    /// Hears of each letter that is looked at.
    var progress = LetterProgress(isShown: false)

    private var kept: [(number: Int, queue: String, receipt: SharedReceipt)] = []
    /// Those of the light letters that are needed whole to be kept, by their numbers.
    private var worn: [Int: HeldLetter] = [:]
    /// The queues that are not there.
    private(set) var missing: [String] = []
    /// How many letters can't be read, and why, of the first one. They go back to their queues with the session.
    private(set) var unreadable: (count: Int, reason: String)?
    /// How many letters have been looked at.
    private(set) var seen = 0
    private var found = 0
    private var place = 0
    /// How many letters of the queue at hand are still to be looked at: as many as it had. What is dead-lettered meanwhile
    /// waits for the next walk.
    private var left: Int?

    init(
        session: any BrokerSession,
        queues: [String],
        filter: DeadLetterFilter,
        payloads: PayloadDecoder,
        now: Instant,
        parameters: @escaping @Sendable (String) -> [String]
    ) {
        self.session = session
        self.queues = queues
        self.filter = filter
        self.payloads = payloads
        self.now = now
        self.parameters = parameters
    }

    /// The next letter that fits; `nil` when there is none.
    mutating func next() async throws -> HeldLetter? {
        while found < limit, place < queues.count {
            guard let held = try await take(from: queues[place]) else { continue }
            if filter.matches(held.letter, now: now, parameters: parameters) {
                found += 1
                return held
            }
            try await keep(held)
        }
        return nil
    }

    /// Leaves a letter in its queue.
    mutating func keep(_ held: HeldLetter) async throws {
        guard held.returns >= Self.mostReturns else { return hold(held) }
        do {
            try await session.publish(held.letter.message.anew, timeout: timeout)
        } catch {
            return hold(held)
        }
        guard held.receipt.settle(.ack) else { throw Self.lost }
    }

    /// Leaves a letter in its queue.
    mutating func keep(_ light: LightLetter) async throws {
        if let held = worn.removeValue(forKey: light.number) { return try await keep(held) }
        kept.append((light.number, light.summary.deadLetterQueue, light.receipt))
    }

    /// The letter without what takes room; its message is kept aside where keeping it means to publish it anew.
    mutating func lighten(_ held: HeldLetter) -> LightLetter {
        if held.returns >= Self.mostReturns { worn[held.number] = held }
        return LightLetter(summary: LetterSummary(held.letter), number: held.number, receipt: held.receipt)
    }

    /// The exit code of a command that has otherwise ended with this one.
    func exitCode(_ code: Int32) -> Int32 { unreadable == nil ? code : ProcessExit.someLeft }

    /// Puts back what has been kept, and waits a moment until the queues have it: the next look is to find it there.
    ///
    /// - Throws: when the broker has it already, so that not all was looked at, or some of it twice.
    mutating func finish() async throws {
        let areBack = kept.sorted { $0.number < $1.number }.map { $0.receipt.settle(.requeue) }
        progress.finish()
        guard !areBack.contains(false) else { throw Self.lost }
        let deadline = ContinuousClock.now + .seconds(2)
        for (queue, letters) in Dictionary(grouping: kept, by: \.queue) {
            while let status = try await session.status(of: queue), status.messageCount < letters.count,
                ContinuousClock.now < deadline
            {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        kept = []
    }

    private mutating func hold(_ held: HeldLetter) {
        kept.append((held.number, held.letter.message.queue, held.receipt))
    }

    /// Takes a letter; `nil` when the queue at hand is done.
    private mutating func take(from queue: String) async throws -> HeldLetter? {
        if left == nil {
            let status = try await session.status(of: queue)
            if status == nil { missing.append(queue) }
            left = status?.messageCount ?? 0
            progress.expect(left ?? 0)
        }
        do {
            guard let count = left, count > 0, let received = try await session.get(queue) else {
                left = nil
                place += 1
                return nil
            }
            left = count - 1
            seen += 1
            progress.advance()
            let letter = DeadLetter(received.message, payloads: payloads, opensBody: opensBody || filter.opensBody)
            return HeldLetter(letter: letter, number: seen, receipt: SharedReceipt(received.takeReceipt()))
        } catch let error as UnreadableMessage {
            left = left.map { $0 - 1 }
            progress.advance()
            unreadable = (count: (unreadable?.count ?? 0) + 1, reason: unreadable?.reason ?? error.reason)
            return nil
        }
    }
}

extension HeldLetter {
    /// How often it has come back to its queue, where the queue counts that.
    fileprivate var returns: Int { letter.message.properties.headers?[DeathHeaders.deliveryCount]?.integer ?? 0 }
}

extension IncomingMessage {
    /// The message for the queue that it is in, without what counts its returns.
    fileprivate var anew: OutgoingMessage {
        var properties = properties
        properties.headers?[DeathHeaders.deliveryCount] = nil
        properties.headers?[DeathHeaders.acquiredCount] = nil
        properties.userID = nil
        return OutgoingMessage(routingKey: queue, properties: properties, body: body)
    }
}
