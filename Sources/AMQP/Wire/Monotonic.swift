import CLinux
import Glibc

/// Nanoseconds of the clock that never goes back.
enum Monotonic {
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// The moment that lies a duration ahead; far ones are cut at a year.
    static func after(_ duration: Duration) -> Int64 {
        now() + duration.nanoseconds
    }
}

extension Duration {
    /// Whole nanoseconds, from 0 to a year.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        if seconds < 0 || attoseconds < 0 { return 0 }
        if seconds >= 31_536_000 { return 31_536_000_000_000_000 }
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    var timeval: Glibc.timeval {
        let total = nanoseconds
        return Glibc.timeval(tv_sec: Int(total / 1_000_000_000), tv_usec: Int(total % 1_000_000_000 / 1000))
    }
}
