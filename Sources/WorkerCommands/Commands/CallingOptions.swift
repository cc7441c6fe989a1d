import ArgumentParser
import CeleryProtocol
import JSON
import OrderedCollections

/// With what a task is called, and when.
struct CallingOptions: ParsableArguments {
    @Option(
        name: [.customShort("a", allowingJoined: true), .long],
        help: ArgumentHelp("Positional arguments, a JSON array.", valueName: "json")
    )
    var args = "[]"

    @Option(
        name: [.customShort("k", allowingJoined: true), .long],
        help: ArgumentHelp("Keyword arguments, a JSON object.", valueName: "json")
    )
    var kwargs = "{}"

    @Option(
        help: ArgumentHelp(
            "Not before: ISO 8601; without an offset, in the zone of the setting timezone.",
            valueName: "time"
        )
    )
    var eta: String?

    @Option(help: ArgumentHelp("Not before so many seconds have passed.", valueName: "seconds"))
    var countdown: Double?

    @Option(help: ArgumentHelp("Not after: ISO 8601, or seconds from now.", valueName: "time"))
    var expires: String?

    @Option(help: ArgumentHelp("Only json.", valueName: "name"))
    var serializer = "json"

    /// The furthest ahead, in seconds: 100 years.
    private static let furthest = 3_153_600_000.0

    /// The task that the options amount to.
    ///
    /// - Throws: `StartError` for one that says nothing.
    func task(
        _ name: String,
        id: String,
        origin: String,
        now: Instant,
        utcOffset: (Instant) -> Int
    ) throws(StartError) -> OutgoingTask {
        guard serializer == "json" else {
            throw StartError("call: --serializer: only json is written here, not '\(serializer)'")
        }
        guard let args = try Self.parse(args, "--args").array else {
            throw StartError("call: --args: expected an array")
        }
        guard let kwargs = try Self.parse(kwargs, "--kwargs").object else {
            throw StartError("call: --kwargs: expected an object")
        }
        var task = OutgoingTask(task: name, id: id, args: args, kwargs: kwargs, origin: origin)
        task.utcOffset = utcOffset(now)
        if let countdown {
            task.setCountdown(try Self.seconds(countdown, "--countdown"), now: now)
        } else if let eta {
            task.eta = try Self.time(eta, "--eta", utcOffset)
        }
        if let expires {
            if let number = Double(expires) {
                task.expires = now + (try Self.seconds(number, "--expires"))
            } else {
                task.expires = try Self.time(expires, "--expires", utcOffset)
            }
        }
        return task
    }

    private static func parse(_ text: String, _ option: String) throws(StartError) -> JSONValue {
        do {
            return try JSONValue(parsing: Array(text.utf8))
        } catch {
            throw StartError("call: \(option): \(error)")
        }
    }

    private static func seconds(_ value: Double, _ option: String) throws(StartError) -> Duration {
        guard value.isFinite, abs(value) <= furthest else {
            throw StartError("call: \(option): expected seconds, found \(value)")
        }
        return .seconds(value)
    }

    private static func time(
        _ text: String,
        _ option: String,
        _ utcOffset: (Instant) -> Int
    ) throws(StartError) -> Instant {
        guard let time = PythonDateTime(iso8601: text) else {
            throw StartError("call: \(option): expected a time such as 2026-11-23T12:00:00+00:00, found '\(text)'")
        }
        guard time.isNaive else { return time.instant }
        // A time without an offset is read as UTC so far, and that is near enough to know the zone's offset.
        return time.instant - .seconds(utcOffset(time.instant))
    }
}
