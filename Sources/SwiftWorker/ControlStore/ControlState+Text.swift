import CeleryProtocol
import JSON
import OrderedCollections

/// The state as a text to keep: one JSON object.
///
/// ```json
/// {"version": 1,
///  "revoked": ["id"],
///  "revoked_stamps": [["tenant", "a"]],
///  "pauses": [{"task": "video.*", "since": "2026-11-25T08:00:00+00:00", "reason": "disk full"}],
///  "rate_limits": {"proj.add": "10/m"},
///  "time_limits": {"proj.add": [5, null]}}
/// ```
extension ControlState {
    private static let version: Int64 = 1

    /// Reads a text.
    ///
    /// - Throws: `ControlStoreError` when it is none of this version. What is missing is empty.
    public init(parsing bytes: [UInt8]) throws(ControlStoreError) {
        let root: JSONValue
        do {
            root = try JSONValue(parsing: bytes)
        } catch {
            throw Self.broken("is no JSON: \(error)")
        }
        guard root["version"] == .integer(Self.version) else { throw Self.broken("is not of version \(Self.version)") }
        self.init()
        revokedIDs = try Self.list(root, "revoked", \.string)
        revokedStamps = try Self.list(root, "revoked_stamps") { entry in
            guard let name = entry[0]?.string, let value = entry[1] else { return nil }
            return RevokedStamp(name: name, value: value)
        }
        pauses = try Self.list(root, "pauses", Self.pause)
        for (task, limit) in root["rate_limits"]?.object ?? [:] {
            guard let text = limit.string else { throw Self.broken("has a limit for '\(task)' that is no text") }
            rateLimits[task] = text
        }
        for (task, limits) in root["time_limits"]?.object ?? [:] {
            guard let pair = limits.array, pair.count == 2 else {
                throw Self.broken("has time limits for '\(task)' that are no pair")
            }
            timeLimits[task] = KeptTimeLimits(soft: pair[0].double, hard: pair[1].double)
        }
    }

    /// The text.
    public func encoded() -> [UInt8] {
        let root: JSONObject = [
            "version": .integer(Self.version),
            "revoked": .array(revokedIDs.map(JSONValue.string)),
            "revoked_stamps": .array(revokedStamps.map { [.string($0.name), $0.value] }),
            "pauses": .array(
                pauses.map { kept in
                    var entry = kept.pause.arguments
                    entry["since"] = .string(kept.since.iso8601())
                    return .object(entry)
                }
            ),
            "rate_limits": .object(rateLimits.mapValues(JSONValue.string)),
            "time_limits": .object(
                timeLimits.mapValues { limits in
                    .array([limits.soft, limits.hard].map { $0.map(JSONValue.double) ?? .null })
                }
            ),
        ]
        return JSONValue.object(root).serialized()
    }

    private static func list<T>(
        _ root: JSONValue,
        _ name: String,
        _ read: (JSONValue) -> T?
    ) throws(ControlStoreError) -> [T] {
        var list: [T] = []
        for entry in root[name]?.array ?? [] {
            guard let value = read(entry) else { throw broken("has an entry in '\(name)' that is none") }
            list.append(value)
        }
        return list
    }

    private static func pause(_ entry: JSONValue) -> KeptPause? {
        guard let since = entry["since"]?.string.flatMap({ Instant(iso8601: $0) }) else { return nil }
        for target in PauseTarget.allCases {
            guard let pattern = entry[target.rawValue]?.string else { continue }
            return KeptPause(ControlPause(target, pattern, reason: entry["reason"]?.string), since: since)
        }
        return nil
    }

    private static func broken(_ problem: String) -> ControlStoreError {
        ControlStoreError(.refused, "the kept state of remote control \(problem); remove it to go on without")
    }
}
