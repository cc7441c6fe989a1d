import Glibc

/// One thread of this process, as the kernel sees it.
public struct ProcessThread: Sendable, Hashable {
    public let identifier: Int32
    public let name: String
    /// The kernel's word, for example `sleeping`.
    public let state: String

    /// The threads of this process, in the order of their ids.
    public static var all: [ProcessThread] {
        Files.names(in: "/proc/self/task").compactMap { Int32($0) }.sorted().compactMap { identifier in
            let folder = "/proc/self/task/\(identifier)"
            // A thread may end while it is looked at.
            guard let status = try? Files.read(folder + "/stat", limit: 4096) else { return nil }
            return ProcessThread(identifier: identifier, status: String(decoding: status, as: UTF8.self))
        }
    }

    /// Reads the kernel's line: `id (name) S …`. The name may hold anything, parentheses too.
    init?(identifier: Int32, status: String) {
        guard let start = status.firstIndex(of: "("), let end = status.lastIndex(of: ")"), start < end else {
            return nil
        }
        self.identifier = identifier
        name = String(status[status.index(after: start)..<end])
        let letter = status[status.index(after: end)...].first { $0 != " " }
        state =
            switch letter {
            case "R": "running"
            case "S": "sleeping"
            case "D": "waiting for the disk"
            case "T", "t": "stopped"
            case "Z", "X": "ended"
            case "I": "idle"
            default: "unknown"
            }
    }
}
