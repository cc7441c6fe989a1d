import Glibc

/// What this process has used so far, as `getrusage` counts it; sizes in KiB.
public struct ResourceUsage: Sendable, Hashable {
    /// Seconds of CPU time, in the program and in the kernel.
    public var userTime: Double
    public var systemTime: Double
    public var maximumResidentSize: Int
    public var minorFaults: Int
    public var majorFaults: Int
    public var blocksRead: Int
    public var blocksWritten: Int
    public var voluntarySwitches: Int
    public var involuntarySwitches: Int

    /// This process's, with all its threads.
    public static var ofThisProcess: ResourceUsage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return ResourceUsage(
            userTime: seconds(usage.ru_utime),
            systemTime: seconds(usage.ru_stime),
            maximumResidentSize: usage.ru_maxrss,
            minorFaults: usage.ru_minflt,
            majorFaults: usage.ru_majflt,
            blocksRead: usage.ru_inblock,
            blocksWritten: usage.ru_oublock,
            voluntarySwitches: usage.ru_nvcsw,
            involuntarySwitches: usage.ru_nivcsw
        )
    }

    /// The memory that this process holds now, in bytes; `nil` where the system does not say.
    public static var residentBytes: Int? {
        guard let bytes = try? Files.read("/proc/self/statm", limit: 256) else { return nil }
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }

    /// How many processes wanted to run in the last 1, 5 and 15 minutes, to two decimals; empty where the system does not
    /// say.
    public static var loadAverage: [Double] {
        var loads = [0.0, 0.0, 0.0]
        guard getloadavg(&loads, 3) == 3 else { return [] }
        return loads.map { ($0 * 100).rounded() / 100 }
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000 }
}
