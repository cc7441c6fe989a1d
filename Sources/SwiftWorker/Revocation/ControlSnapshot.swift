import CeleryProtocol
import JSON
import OrderedCollections

/// What remote control has changed and a restart must not undo, as a text to keep: revoked ids and stamps, pauses, changed
/// rate limits.
///
/// It takes the place of Celery's state file (`--statedb`), which is a pickle. The text is one JSON object:
///
/// ```json
/// {"version": 1,
///  "revoked": [["id", 1800000000.25]],
///  "revoked_stamps": [["tenant", "a"]],
///  "pauses": [{"task": "video.*", "since": "2026-11-25T08:00:00+00:00", "reason": "disk full"}],
///  "rate_limits": {"proj.add": "10/m"}}
/// ```
///
/// Times are of the day, in seconds since 1970: they outlive the machine's monotonic clock.
struct ControlSnapshot: Sendable {
    /// The oldest first.
    var revoked: [(id: String, at: Instant)] = []
    var stamps: [RevokedStamps.Stamp] = []
    var pauses: [Pause] = []
    /// By task; an empty text is a limit that was taken away.
    var rateLimits: OrderedDictionary<String, String> = [:]

    static let version: Int64 = 1

    init() {}

    /// Reads a text.
    ///
    /// - Throws: `SnapshotError` when it is none of this version. What is missing is empty.
    init(parsing bytes: [UInt8]) throws(SnapshotError) {
        let root: JSONValue
        do {
            root = try JSONValue(parsing: bytes)
        } catch {
            throw SnapshotError("is no JSON: \(error)")
        }
        guard root["version"] == .integer(ControlSnapshot.version) else {
            throw SnapshotError("is not of version \(ControlSnapshot.version)")
        }
        revoked = try ControlSnapshot.list(root, "revoked") { entry in
            guard let id = entry[0]?.string, let seconds = entry[1]?.double else { return nil }
            return (id, Instant(secondsSince1970: seconds))
        }
        stamps = try ControlSnapshot.list(root, "revoked_stamps") { entry in
            guard let name = entry[0]?.string, let value = entry[1] else { return nil }
            return RevokedStamps.Stamp(name: name, value: value)
        }
        pauses = try ControlSnapshot.list(root, "pauses", ControlSnapshot.pause)
        for (task, limit) in root["rate_limits"]?.object ?? [:] {
            guard let text = limit.string else { throw SnapshotError("has a limit for '\(task)' that is no text") }
            rateLimits[task] = text
        }
    }

    /// The text.
    func encoded() -> [UInt8] {
        let root: JSONObject = [
            "version": .integer(ControlSnapshot.version),
            "revoked": .array(revoked.map { [.string($0.id), .double($0.at.secondsSince1970)] }),
            "revoked_stamps": .array(stamps.map { [.string($0.name), $0.value] }),
            "pauses": .array(
                pauses.map { pause in
                    [
                        pause.target.rawValue: .string(pause.pattern), "since": .string(pause.since.iso8601()),
                        "reason": pause.reason.map(JSONValue.string) ?? .null,
                    ]
                }
            ),
            "rate_limits": .object(rateLimits.mapValues(JSONValue.string)),
        ]
        return JSONValue.object(root).serialized()
    }

    /// Takes what is revoked now.
    mutating func take(_ revocations: Revocations, now: ContinuousClock.Instant, wall: Instant) {
        revoked = revocations.ids.ages(at: now).map { ($0.id, wall - $0.age) }
        stamps = Array(revocations.stamps.stamps)
    }

    /// Revokes again what was revoked; what has expired meanwhile is left out.
    func restore(_ revocations: inout Revocations, now: ContinuousClock.Instant, wall: Instant) {
        revocations.ids.restore(revoked.map { ($0.id, wall - $0.at) }, at: now)
        for stamp in stamps { revocations.stamps.add(stamp.name, stamp.value) }
    }

    private static func list<T>(
        _ root: JSONValue,
        _ name: String,
        _ read: (JSONValue) -> T?
    ) throws(SnapshotError) -> [T] {
        var list: [T] = []
        for entry in root[name]?.array ?? [] {
            guard let value = read(entry) else { throw SnapshotError("has an entry in '\(name)' that is none") }
            list.append(value)
        }
        return list
    }

    private static func pause(_ entry: JSONValue) -> Pause? {
        guard let since = entry["since"]?.string.flatMap({ Instant(iso8601: $0) }) else { return nil }
        for target in [Pause.Target.queue, .task] {
            guard let pattern = entry[target.rawValue]?.string else { continue }
            return Pause(target, pattern, since: since, reason: entry["reason"]?.string)
        }
        return nil
    }
}

/// A text that is no snapshot.
struct SnapshotError: Error, Sendable, Hashable, CustomStringConvertible {
    let description: String

    init(_ problem: String) {
        description = "the kept state of remote control \(problem); remove it to go on without"
    }
}
