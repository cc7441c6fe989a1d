import BrokerModel
import CeleryProtocol
import JSON
import Logging

/// Carries requests out, one after the other, and answers as Celery's workers do (Celery reference, 7).
///
/// What a command changes is in force when the next one is looked at. Where a control store is configured, the reply is
/// sent when the change is in it; the next command does not wait for that.
final class ControlPanel: Sendable {
    private let node: String
    private let commands: ControlCommands
    private let keeper: ControlKeeper
    private let replies: ControlReplies
    private let counters: WorkerCounters
    private let logger: Logger

    init(
        node: String,
        commands: ControlCommands,
        keeper: ControlKeeper,
        replies: ControlReplies,
        counters: WorkerCounters,
        logger: Logger
    ) {
        self.node = node
        self.commands = commands
        self.keeper = keeper
        self.replies = replies
        self.counters = counters
        self.logger = logger
    }

    /// Carries out what comes, until nothing comes any more.
    func run(_ letters: AsyncStream<ControlLetter>) async {
        for await letter in letters {
            receive(letter.message)
            letter.settle()
        }
    }

    /// Carries a request out, if it is for this worker.
    func receive(_ message: IncomingMessage) {
        replies.heard(message)
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
        let answer: ControlAnswer
        do {
            answer = commands.carryOut(try ControlCommand(request))
        } catch {
            logger.error("pidbox command error: \(error.repr)")
            return replies.send(ControlReply.error(error), to: request)
        }
        guard let change = answer.change else { return replies.send(answer.reply, to: request) }
        let scope: ControlScope = request.isForEveryone ? .everyone : .node(node)
        keeper.keep(change, for: scope) { [replies] error in
            let unkept = error.map { "in force here, but not kept over a restart: \($0)" }
            replies.send(unkept.map(ControlReply.error) ?? answer.reply, to: request)
        }
    }
}

/// What a command comes to.
struct ControlAnswer: Sendable {
    let reply: JSONValue
    /// What a restart must not undo.
    let change: ControlChange?

    init(_ reply: JSONValue, keeping change: ControlChange? = nil) {
        self.reply = reply
        self.change = change
    }
}
