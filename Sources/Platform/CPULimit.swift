import Glibc

/// How much of the machine's CPUs the process's control groups leave it.
enum CPULimit {
    /// The number of CPUs that the groups allow, rounded up; `nil` without a limit.
    static var ofThisProcess: Int? {
        guard let bytes = try? Files.read("/proc/self/cgroup", limit: 65_536) else { return nil }
        let groups = String(decoding: bytes, as: UTF8.self)
        return smallest(folders(groups).compactMap { folder in limit(in: folder) })
    }

    /// The folders whose limits hold, from the lines of `/proc/self/cgroup`: those of the process's group and of all
    /// above it, for version 2 (`0::/path`) and for the `cpu` controller of version 1.
    static func folders(_ groups: String, root: String = "/sys/fs/cgroup") -> [String] {
        groups.split(separator: "\n").flatMap { line -> [String] in
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { return [] }
            let controllers = fields[1].split(separator: ",")
            guard fields[1].isEmpty || controllers.contains("cpu") else { return [] }
            var folder = fields[1].isEmpty ? root : "\(root)/\(fields[1])"
            var folders = [folder]
            for name in fields[2].split(separator: "/") {
                folder += "/\(name)"
                folders.append(folder)
            }
            return folders
        }
    }

    /// A folder's limit in CPUs: `cpu.max` of version 2, `cpu.cfs_quota_us` of version 1.
    private static func limit(in folder: String) -> Double? {
        if let text = text(folder + "/cpu.max") {
            let fields = text.split(separator: " ")
            return fields.count == 2 ? limit(quota: String(fields[0]), period: String(fields[1])) : nil
        }
        guard let quota = text(folder + "/cpu.cfs_quota_us"), let period = text(folder + "/cpu.cfs_period_us") else {
            return nil
        }
        return limit(quota: quota, period: period)
    }

    /// `max` or a negative quota is no limit.
    static func limit(quota: String, period: String) -> Double? {
        guard let quota = Double(quota), let period = Double(period), quota > 0, period > 0 else { return nil }
        return quota / period
    }

    static func smallest(_ limits: [Double]) -> Int? {
        limits.min().map { max(1, Int($0.rounded(.up))) }
    }

    private static func text(_ path: String) -> String? {
        guard let bytes = try? Files.read(path, limit: 4096) else { return nil }
        return String(decoding: bytes.filter { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}
