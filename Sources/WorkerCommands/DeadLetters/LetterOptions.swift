import ArgumentParser
import SwiftWorker

/// Which dead letters a command is about.
struct LetterOptions: ParsableArguments {
    @Option(
        name: [.customShort("Q", allowingJoined: true), .customLong("queue")],
        help: ArgumentHelp(
            "The queue in which they died, or a pattern for queues of the configuration. May be repeated. (default: all of those)",
            valueName: "name"
        )
    )
    var queues: [String] = []

    @Option(
        help: ArgumentHelp(
            "A dead-letter queue to read instead of '<queue>.dead', whatever its name. May be repeated.",
            valueName: "name"
        )
    )
    var from: [String] = []

    @Option(help: ArgumentHelp("A task's name, or a pattern: 'video.*'.", valueName: "pattern"))
    var task: String?

    @Option(help: ArgumentHelp("A task's id. May be repeated.", valueName: "id"))
    var id: [String] = []

    @Option(
        help: ArgumentHelp(
            """
            Why they died: failed, quarantined, undecodable, malformed, unregistered, rejected, or the broker's expired, \
            maxlen, delivery_limit.
            """,
            valueName: "word"
        )
    )
    var reason: String?

    @Option(
        help: ArgumentHelp(
            "A class of exceptions: 'KeyError', 'celery.exceptions.*'. A class of Python's includes those derived from it.",
            valueName: "class"
        )
    )
    var exception: String?

    @Option(help: ArgumentHelp("Died at least so long ago: 90s, 30m, 12h, 7d.", valueName: "age"))
    var olderThan: String?

    @Option(help: ArgumentHelp("Died at most so long ago.", valueName: "age"))
    var newerThan: String?

    @Option(
        help: ArgumentHelp(
            "A value that an argument of the task has: 'user_id=7', 'order.id=x', '0=first'. May be repeated.",
            valueName: "name=value"
        )
    )
    var argument: [String] = []

    @Option(help: ArgumentHelp("At most so many.", valueName: "number"))
    var limit: Int?

    /// The filter that the options amount to.
    ///
    /// - Throws: `StartError` for one that says nothing.
    func filter() throws(StartError) -> DeadLetterFilter {
        if let limit, limit < 1 { throw StartError("--limit: expected a number from 1, found \(limit)") }
        var filter = DeadLetterFilter()
        filter.task = task
        filter.ids = Set(id)
        filter.reason = reason.map { DeadLetterReason(rawValue: $0) }
        filter.exception = exception
        filter.olderThan = try Self.age(olderThan, "--older-than")
        filter.newerThan = try Self.age(newerThan, "--newer-than")
        for text in argument {
            guard let wanted = DeadLetterFilter.Argument(text) else {
                throw StartError("--argument: expected name=value, found '\(text)'")
            }
            filter.arguments.append(wanted)
        }
        return filter
    }

    private static func age(_ text: String?, _ option: String) throws(StartError) -> Duration? {
        guard let text else { return nil }
        guard let age = Duration(age: text) else {
            throw StartError("\(option): expected an age such as 90s, 30m, 12h or 7d, found '\(text)'")
        }
        return age
    }
}
