import Glibc

/// The machine's processes, as `/proc` has them.
enum ProcessList {
    struct Status {
        var parent: Int32
        var session: Int32
        /// It has ended, and waits to be reaped.
        var isZombie: Bool
    }

    static func ids() -> [Int32] {
        guard let folder = opendir("/proc") else { return [] }
        defer { closedir(folder) }
        var ids: [Int32] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let id = Int32(name) { ids.append(id) }
        }
        return ids
    }

    /// Reads `/proc/<id>/stat`; `nil` when the process is gone.
    static func status(of id: Int32) -> Status? {
        let bytes = read("/proc/\(id)/stat", limit: 4096)
        // The program's name is in parentheses, and may hold some itself: the last one counts.
        guard let end = bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = bytes[(end + 1)...].split(separator: UInt8(ascii: " "), maxSplits: 4)
        guard fields.count >= 4, let state = fields[0].first, let parent = number(fields[1]),
            let session = number(fields[3])
        else { return nil }
        return Status(parent: parent, session: session, isZombie: "ZX".utf8.contains(state))
    }

    /// Whether a process had the entry in its environment when it started, or its parent had, if it is only forked.
    static func hasEntry(_ entry: String, in id: Int32) -> Bool {
        let environment = read("/proc/\(id)/environ", limit: 1 << 20)
        guard !environment.isEmpty else { return false }
        let wanted = Array(entry.utf8)
        return environment.split(separator: 0).contains { $0.elementsEqual(wanted) }
    }

    private static func number(_ text: ArraySlice<UInt8>) -> Int32? {
        Int32(String(decoding: text, as: UTF8.self))
    }

    static func read(_ path: String, limit: Int) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while bytes.count < limit {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return bytes
    }
}

/// How much memory a process has.
public enum ProcessMemory {
    /// The resident size in KiB; `nil` when the process is gone.
    public static func resident(of id: Int32) -> Int? {
        let fields = ProcessList.read("/proc/\(id)/statm", limit: 256).split(separator: UInt8(ascii: " "))
        guard fields.count > 1, let pages = Int(String(decoding: fields[1], as: UTF8.self)) else { return nil }
        return pages * sysconf(Int32(_SC_PAGESIZE)) / 1024
    }

    /// This process's own largest resident size so far, in KiB.
    public static var ownPeak: Int {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        return usage.ru_maxrss
    }

    /// The largest resident size so far in KiB; `nil` when the process is gone.
    public static func peak(of id: Int32) -> Int? {
        let status = ProcessList.read("/proc/\(id)/status", limit: 64 << 10)
        let lines = String(decoding: status, as: UTF8.self).split(separator: "\n")
        guard let line = lines.first(where: { $0.hasPrefix("VmHWM:") }) else { return nil }
        return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    }
}
