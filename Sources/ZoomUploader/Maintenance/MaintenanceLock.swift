/// The PostgreSQL advisory lock that a maintenance task holds while it works: one per task, so that a task never runs
/// on two machines at once, and different ones may.
///
/// A number stays with its task for good: workers of two versions must mean the same lock. In `pg_locks` a holder shows
/// as `classid` 1515147085 and `objid` the number.
enum MaintenanceLock: Int64, Sendable, CaseIterable {
    case cleanupExpiredTokens = 1
    case autoExpireRecordings = 2
    case cleanupRecordingFiles = 3
    case hardDeleteRecordings = 4
    case cleanupTempFiles = 5
    case resetStaleActiveRecordings = 6

    /// The upper half of every key: "ZOOM" in ASCII. Advisory locks have no names, and the database has other users.
    static let space: Int64 = 0x5A4F_4F4D

    var key: Int64 { Self.space << 32 | rawValue }
}
