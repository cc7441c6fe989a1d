public import CeleryProtocol
public import JSON

/// What a command has changed and a restart must not undo.
public enum ControlChange: Sendable, Hashable {
    /// These tasks must not run.
    case revoked(ids: [String])
    /// Nor those with one of these stamps.
    case revokedStamps([RevokedStamp])
    case paused(ControlPause, since: Instant)
    case resumed(PauseTarget, pattern: String)
    /// The limit in Celery's words; empty is none.
    case rateLimit(task: String, limit: String)
    case timeLimits(task: String, KeptTimeLimits)
}

/// Time limits that the command `time_limit` has set, in seconds; `nil` is none.
public struct KeptTimeLimits: Sendable, Hashable {
    public let soft: Double?
    public let hard: Double?

    public init(soft: Double?, hard: Double?) {
        self.soft = soft
        self.hard = hard
    }
}

/// A stamp's name with one of its values, by which tasks are revoked.
public struct RevokedStamp: Sendable, Hashable {
    public let name: String
    public let value: JSONValue

    public init(name: String, value: JSONValue) {
        self.name = name
        self.value = value
    }
}

/// Whom a change is for.
public enum ControlScope: Sendable, Hashable {
    /// All workers of the store, also those that start later. It replaces what was for one of them.
    case everyone
    /// The one worker that the command named; for it this counts more than what is for everyone. Revokes are always for
    /// everyone.
    case node(String)
}
