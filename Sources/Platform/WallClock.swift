import Glibc

/// The time of day, in the machine's zone.
public struct WallClock: Sendable, Hashable {
    /// Seconds since 1970.
    public var seconds: Int
    public var milliseconds: Int

    public init(seconds: Int, milliseconds: Int) {
        self.seconds = seconds
        self.milliseconds = milliseconds
    }

    public static var now: WallClock {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallClock(seconds: time.tv_sec, milliseconds: time.tv_nsec / 1_000_000)
    }

    /// `2026-11-23 02:00:41`, local.
    public static func localText(ofSecond second: Int) -> String {
        let parts = parts(ofSecond: second)
        return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday)) "
            + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
    }

    /// The zone's distance from UTC at that second: `+02:00`.
    public static func localOffset(ofSecond second: Int) -> String {
        let offset = parts(ofSecond: second).tm_gmtoff
        let minutes = abs(offset) / 60
        return (offset < 0 ? "-" : "+") + two(Int32(minutes / 60)) + ":" + two(Int32(minutes % 60))
    }

    /// The zone's distance from UTC at that second, in seconds to the east.
    public static func localOffsetSeconds(ofSecond second: Int) -> Int { parts(ofSecond: second).tm_gmtoff }

    private static func parts(ofSecond second: Int) -> tm {
        var time = time_t(second)
        var parts = tm()
        localtime_r(&time, &parts)
        return parts
    }

    private static func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
