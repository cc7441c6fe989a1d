import ChildPrograms
import Foundation
import Testing

/// Writes a shell script that can be run.
func writeProgram(_ text: String, to path: String) throws {
    try write("#!/bin/sh\n" + text + "\n", to: path)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
}

/// The scripts of the folder `rabbitmq`, with a broker's answer that is made up.
@Suite struct BrokerScriptsTests {
    /// Runs a script; its `rabbitmqctl` prints lines and ends with a code, its `swiftworker` prints its arguments.
    private func run(
        _ words: [String],
        answer: [String],
        code: Int = 0,
        in folder: String
    ) throws -> BinaryTests.Ended {
        try write(answer.map { $0 + "\n" }.joined(), to: folder + "/answer")
        let complaint = code == 0 ? "" : "echo no broker >&2"
        try writeProgram("cat '\(folder)/answer'\n\(complaint)\nexit \(code)", to: folder + "/ctl")
        try writeProgram(#"echo "swiftworker $*""#, to: folder + "/program")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try packageFolder() + "/rabbitmq/" + words[0])
        process.arguments = Array(words.dropFirst())
        process.environment = programEnvironment([
            "PATH": "/usr/bin:/bin", "RABBITMQCTL": folder + "/ctl", "SWIFTWORKER": folder + "/program",
        ])
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardInput = FileHandle.nullDevice
        return try RecordedProgram(starting: process).end()
    }

    /// The table's lines without the widths of its columns.
    private func rows(_ ended: BinaryTests.Ended) -> [String] {
        ended.output.split(separator: "\n").dropFirst().map {
            $0.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
        }
    }

    // MARK: queues

    @Test func queuesAreShownWithTheirDeadLetters() throws {
        try withTemporaryFolder { folder in
            let answer = [
                "work\t5\t1\t2\tquorum", "work.dead\t3\t1\t0\tquorum", "idle\t0\t0\t0\tclassic",
                "idle.dead\t0\t0\t0\tquorum", "gone.dead\t2\t0\t0\tquorum", "left\t4\t0\t0\tclassic",
                "celeryev.x\t9\t0\t0\tclassic",
            ]
            let all = try run(["queues"], answer: answer, in: folder)
            #expect(
                rows(all) == [
                    "idle 0 0 0 0 classic -", "left 4 0 - 0 classic nobody consumes it",
                    "work 5 1 4 2 quorum has dead letters",
                    "gone - - 2 - - the queue is gone, its dead letters are not",
                ],
                "\(all)"
            )
            #expect(all.code == 0)
            #expect(try run(["queues", "--check"], answer: answer, in: folder).code == 1)
            #expect(try run(["queues", "--check", "idle"], answer: answer, in: folder).code == 0)
        }
    }

    @Test func aQueueThatIsDownHasNoNumbers() throws {
        try withTemporaryFolder { folder in
            let answer = ["down\t\t\t\tquorum", "down.dead\t\t\t\tquorum", "work\t\t1\t2\tquorum"]
            let ended = try run(["queues", "--check"], answer: answer, in: folder)
            #expect(rows(ended) == ["down - - 0 - quorum -", "work - 1 - 2 quorum -"], "\(ended)")
            #expect(ended.code == 0 && ended.errors.isEmpty)
            // No queue at all.
            #expect(try run(["queues", "--check"], answer: [], in: folder).code == 0)
        }
    }

    /// Whoever may declare a queue chooses its name.
    @Test(arguments: ["x$(touch touched)", "`touch touched`", "a[$(touch touched)]", "@", "*", "it's", "a]b"])
    func aNameIsNotRun(name: String) throws {
        try withTemporaryFolder { folder in
            let answer = [
                "\(name)\t1\t0\t1\tclassic", "\(name).dead\t2\t0\t0\tquorum", "gone\(name).dead\t3\t0\t0\tquorum",
                "tab\ta[$(touch touched)]\t0\t1\tclassic", "tab.dead\ta[$(touch touched)]\t0\t0\tclassic",
                ".dead\t0\t0\t0\tclassic",
            ]
            let ended = try run(["queues"], answer: answer, in: folder)
            // Each once: a queue's dead letters are not left over for those whose queue is gone.
            #expect(
                rows(ended).sorted()
                    == [
                        "\(name) 1 0 2 1 classic has dead letters", "tab - 0 0 1 classic -",
                        "gone\(name) - - 3 - - the queue is gone, its dead letters are not",
                    ].sorted(),
                "\(ended)"
            )
            #expect(!FileManager.default.fileExists(atPath: folder + "/touched"))
        }
    }

    @Test func queuesFailsWithItsBroker() throws {
        try withTemporaryFolder { folder in
            let ended = try run(["queues", "--check"], answer: [], code: 69, in: folder)
            #expect(ended.code == 69 && ended.errors.contains("no broker") && ended.output.isEmpty, "\(ended)")
        }
    }

    // MARK: replay-dead-letters

    private let replay = ["replay-dead-letters", "--yes"]

    @Test func thoseWithLettersAreReplayed() throws {
        try withTemporaryFolder { folder in
            let answer = ["work\t5", "work.dead\t3", "idle.dead\t0", "down.dead\t"]
            let ended = try run(replay, answer: answer, in: folder)
            #expect(ended.code == 0 && ended.errors.isEmpty, "\(ended)")
            #expect(ended.output.contains("swiftworker dead-letters replay --from work.dead"))
            #expect(!ended.output.contains("idle") && !ended.output.contains("down"))
            let none = try run(replay, answer: ["work\t5"], in: folder)
            #expect(none.code == 3 && none.errors.contains("There are no dead letters"), "\(none)")
        }
    }

    @Test func aBrokerThatCannotBeAskedIsNoBrokerWithoutLetters() throws {
        try withTemporaryFolder { folder in
            let ended = try run(replay, answer: ["work.dead\t3"], code: 69, in: folder)
            #expect(ended.code == 1 && ended.errors.contains("no broker"), "\(ended)")
            #expect(!ended.errors.contains("There are no dead letters") && ended.output.isEmpty)
            // Queues that are named need not be asked for.
            let named = try run(replay + ["work"], answer: [], code: 69, in: folder)
            #expect(named.code == 0 && named.output.contains("replay --from work.dead"), "\(named)")
        }
    }
}
