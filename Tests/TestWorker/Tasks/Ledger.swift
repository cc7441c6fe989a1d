import Glibc
import SwiftWorker

/// Writes down that it ran, for the checker in Tests/Chaos: one line «task id, redelivered, process, time» for each run.
struct Ledger: WorkerTask {
    static let name = "tasks.ledger"
    struct Arguments: Decodable { var milliseconds: Int }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        usleep(UInt32(clamping: arguments.milliseconds * 1000))
        try LedgerFile.append(context.request)
        return Nothing()
    }
}

/// Writes down when it begins and when it ends: lines «task id, start or end, process, time». For queues that must never run
/// two at once.
struct Exclusive: WorkerTask {
    static let name = "tasks.exclusive"
    struct Arguments: Decodable { var milliseconds: Int }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        try LedgerFile.append("\(context.request.id) start \(getpid()) \(LedgerFile.now)")
        usleep(UInt32(clamping: arguments.milliseconds * 1000))
        try LedgerFile.append("\(context.request.id) end \(getpid()) \(LedgerFile.now)")
        return Nothing()
    }
}

/// Writes down for whom it ran: one line «task id, user, process, time» for each run.
struct Tenant: WorkerTask {
    static let name = "tasks.tenant"
    struct Arguments: Decodable { var userId: String }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        try LedgerFile.append("\(context.request.id) \(arguments.userId) \(getpid()) \(LedgerFile.now)")
        return Nothing()
    }
}

/// The file that the checker reads.
enum LedgerFile {
    /// Without a file to write to, or with a file that takes only part of a line, the run must not count.
    struct WriteFailed: Error {
        let code: Int32
    }

    /// Seconds since 1970.
    static var now: Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Writes down a run.
    static func append(_ request: TaskRequest) throws {
        try append("\(request.id) \(request.isRedelivered ? 1 : 0) \(getpid()) \(now)")
    }

    /// One `write` to a file opened with O_APPEND: lines of several threads and processes don't mix.
    static func append(_ line: String) throws {
        guard let path = unsafe getenv("LEDGER") else { throw WriteFailed(code: ENOENT) }
        let file = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw WriteFailed(code: errno) }
        defer { close(file) }
        let bytes = Array((line + "\n").utf8)
        guard unsafe write(file, bytes, bytes.count) == bytes.count else { throw WriteFailed(code: errno) }
    }
}
