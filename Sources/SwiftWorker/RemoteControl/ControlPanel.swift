import BrokerModel
import CeleryProtocol
import JSON
import Logging
import OrderedCollections
import Threads

/// Carries requests out, one after the other, and answers as Celery's workers do (Celery reference, 7).
///
/// What a command changes is in force when the next one is looked at. Where a control store is configured, the reply is
/// sent when the change is in it; the next command does not wait for that.
final class ControlPanel: Sendable {
    private let node: String
    private let commands: ControlCommands
    private let keeper: ControlKeeper
    private let replies: ControlReplies
    private let custom: [String: CustomCommand]
    /// Whoever else listens, by queue.
    private let listeners: [String: @Sendable (IncomingMessage) -> Void]
    private let logical: LogicalClock
    private let counters: WorkerCounters
    private let logger: Logger
    private let underWay = InFlight(limit: maximumUnderWay)

    /// How many commands of one's own may be under way.
    static let maximumUnderWay = 100

    init(
        node: String,
        commands: ControlCommands,
        keeper: ControlKeeper,
        replies: ControlReplies,
        custom: [String: CustomCommand] = [:],
        listeners: [String: @Sendable (IncomingMessage) -> Void] = [:],
        logical: LogicalClock,
        counters: WorkerCounters,
        logger: Logger
    ) {
        self.node = node
        self.commands = commands
        self.keeper = keeper
        self.replies = replies
        self.custom = custom
        self.listeners = listeners
        self.logical = logical
        self.counters = counters
        self.logger = logger
    }

    /// Carries out what comes, until nothing comes any more. What is under way of one's own commands then is cancelled.
    func run(_ letters: AsyncStream<ControlLetter>) async {
        await withDiscardingTaskGroup { group in
            for await letter in letters {
                if let listener = listeners[letter.message.queue] {
                    listener(letter.message)
                } else {
                    receive(letter.message, &group)
                }
                letter.settle()
            }
            group.cancelAll()
        }
    }

    private func run(_ command: CustomCommand, _ request: ControlRequest, _ group: inout DiscardingTaskGroup) {
        guard underWay.hasRoom else {
            return replies.send(ControlReply.error("\(Self.maximumUnderWay) commands are under way"), to: request)
        }
        underWay.enter()
        group.addTask { [underWay, replies, logger] in
            do {
                replies.send(try await command.run(request.arguments), to: request)
            } catch {
                logger.error("pidbox command error: \(request.method): \(error)")
                replies.send(ControlReply.error(PythonException(error)), to: request)
            }
            underWay.leave()
        }
    }

    /// Carries a request out, if it is for this worker.
    private func receive(_ message: IncomingMessage, _ group: inout DiscardingTaskGroup) {
        replies.heard(message)
        // As in Celery's worker: the sender's time counts for replies only (7.2).
        _ = logical.forward()
        let request: ControlRequest
        do {
            request = try ControlRequest(message)
        } catch {
            counters.controlRefused.increment()
            logger.error("control: A request of \(message.body.count) bytes can't be understood: \(error.message)")
            return
        }
        guard request.isAddressed(to: node) else { return }
        counters.controlRequests.increment()
        logger.debug("pidbox received method \(request.method)")
        if let command = custom[request.method] { return run(command, request, &group) }
        let answer: ControlAnswer
        do {
            answer = commands.carryOut(try ControlCommand(request))
        } catch {
            logger.error("pidbox command error: \(error.repr)")
            return replies.send(ControlReply.error(error), to: request)
        }
        guard let reply = answer.reply else { return }
        guard let change = answer.change else { return replies.send(reply, to: request) }
        let scope: ControlScope = request.isForEveryone ? .everyone : .node(node)
        keeper.keep(change, for: scope) { [replies] error in
            let unkept = error.map { "in force here, but not kept over a restart: \($0)" }
            replies.send(unkept.map(ControlReply.error) ?? reply, to: request)
        }
    }
}

/// What a command comes to.
struct ControlAnswer: Sendable {
    /// `nil` for a command that is not answered.
    let reply: JSONValue?
    /// What a restart must not undo.
    let change: ControlChange?

    init(_ reply: JSONValue?, keeping change: ControlChange? = nil) {
        self.reply = reply
        self.change = change
    }
}
