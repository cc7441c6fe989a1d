import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections
import Platform
import SwiftWorker

/// Writes down who did what with a dead letter: one line of JSON each, to a file or to standard output.
struct AuditLog: Sendable {
    private let descriptor: Int32
    private let user: String
    private let host: String

    /// - Parameters:
    ///   - path: of the file, to which lines are added; `nil` is standard output.
    ///   - user: who.
    /// - Throws: `StartError` when the file can't be opened: nothing is done then that would not be written down.
    init(path: String?, user: String, host: String, console: Console) throws(StartError) {
        self.user = user
        self.host = host
        guard let path else {
            descriptor = console.output
            return
        }
        do {
            descriptor = try FileDescriptor.openForAppending(path)
        } catch {
            throw StartError("can't open the audit log: \(error)", exitCode: ProcessExit.failure)
        }
    }

    /// The name of whoever runs this process; of the one behind `sudo`, where that says so.
    static func user(_ environment: [String: String]) -> String {
        for name in ["SUDO_USER", "USER", "LOGNAME"] {
            if let user = environment[name], !user.isEmpty { return user }
        }
        return "uid \(ThisProcess.userIdentifier)"
    }

    /// - Parameters:
    ///   - action: `replay`, `drop`, `import`.
    ///   - destination: the queue that the letter went to, if any.
    ///   - isDryRun: whether nothing has happened.
    /// - Throws: `StartError` when the line can't be written.
    func write(
        _ action: String,
        _ letter: LetterSummary,
        to destination: String?,
        isDryRun: Bool,
        at time: Instant
    ) throws(StartError) {
        var line: JSONObject = [
            "time": .string(time.iso8601()),
            "user": .string(user),
            "host": .string(host),
            "action": .string(action),
            "from": .string(letter.deadLetterQueue),
            "to": destination.map { .string($0) } ?? .null,
        ]
        line.merge(letter.json) { first, _ in first }
        if isDryRun { line["dry_run"] = true }
        let bytes = Array((LetterJSON.line(line) + "\n").utf8)
        guard FileDescriptor.write(bytes, to: descriptor) else {
            throw StartError("can't write the audit log", exitCode: ProcessExit.failure)
        }
    }
}
