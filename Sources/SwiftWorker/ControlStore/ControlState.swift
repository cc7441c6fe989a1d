public import CeleryProtocol
public import OrderedCollections

/// What is kept of remote control, as it is for one worker.
public struct ControlState: Sendable, Hashable {
    /// The oldest first.
    public var revokedIDs: [String]
    /// The oldest first.
    public var revokedStamps: [RevokedStamp]
    /// In the order in which they began.
    public var pauses: [KeptPause]
    /// By task, in Celery's words; an empty text is a limit that was taken away.
    public var rateLimits: OrderedDictionary<String, String>
    /// By task.
    public var timeLimits: OrderedDictionary<String, KeptTimeLimits>

    /// A pause with its beginning.
    public struct KeptPause: Sendable, Hashable {
        public var pause: ControlPause
        public var since: Instant

        public init(_ pause: ControlPause, since: Instant) {
            self.pause = pause
            self.since = since
        }
    }

    public init(
        revokedIDs: [String] = [],
        revokedStamps: [RevokedStamp] = [],
        pauses: [KeptPause] = [],
        rateLimits: OrderedDictionary<String, String> = [:],
        timeLimits: OrderedDictionary<String, KeptTimeLimits> = [:]
    ) {
        self.revokedIDs = revokedIDs
        self.revokedStamps = revokedStamps
        self.pauses = pauses
        self.rateLimits = rateLimits
        self.timeLimits = timeLimits
    }
}
