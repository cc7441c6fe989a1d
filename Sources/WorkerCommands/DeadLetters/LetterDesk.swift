import BrokerModel
import CeleryProtocol
import Platform
import SwiftWorker

/// What the commands about dead letters share: the broker, the settings, where they print.
struct LetterDesk: Sendable {
    let session: any BrokerSession
    let settings: Settings
    let tasks: TaskRegistry
    let console: Console
    /// Who runs the command, and where.
    let user: String
    let host: String
    let isTerminal: Bool
    var clock = WorkerClock.system

    var payloads: PayloadDecoder {
        PayloadDecoder(accept: settings.acceptContent, maxBytes: settings.messageMaxBytes)
    }

    /// Begins a walk through the letters that the options choose.
    func walk(_ options: LetterOptions, ids: [String] = [], opensBody: Bool = false) throws(StartError) -> LetterWalk {
        var filter = try options.filter()
        filter.ids.formUnion(ids)
        var walk = LetterWalk(
            session: session,
            queues: try LetterQueues.names(
                patterns: options.queues,
                named: options.from,
                configured: settings.configuredQueueNames
            ),
            filter: filter,
            payloads: payloads,
            now: clock.wall(),
            parameters: { [tasks] in tasks.parameterNames(of: $0) }
        )
        walk.opensBody = opensBody
        walk.timeout = settings.publishTimeout
        walk.limit = options.limit ?? .max
        walk.progress = LetterProgress(isShown: FileDescriptor.isTerminal(console.error))
        return walk
    }

    func audit(_ options: AuditOptions) throws(StartError) -> AuditLog {
        try AuditLog(path: options.auditLog, user: user, host: host, console: console)
    }

    /// Says which dead-letter queues are not there: a mistyped name would look like good news. And what can't be read.
    func note(_ walk: LetterWalk) {
        for queue in walk.missing { console.complain("There is no queue '\(queue)'.") }
        guard let unreadable = walk.unreadable else { return }
        console.complain("\(deadLetters(unreadable.count)) can't be read: \(LetterText.line(unreadable.reason))")
    }
}

/// `1 dead letter`, `2 dead letters`.
func deadLetters(_ count: Int) -> String { count == 1 ? "1 dead letter" : "\(count) dead letters" }

extension ProcessExit {
    /// No dead letter fits.
    static let nothingFits: Int32 = 3
    /// Some dead letters could not be handled; they are still there.
    static let someLeft: Int32 = 4
}
