import Glibc
import Threads
import Testing

@testable import Processes

@Suite("Running programs", .timeLimit(.minutes(1)))
struct CommandRunnerTests {
    static func shell(_ script: String) -> Command { Command("/bin/sh", ["-c", script]) }

    @Test("Status, output and errors come back")
    func outputs() async throws {
        let result = try await CommandRunner().run(Self.shell("echo out; echo err >&2; exit 3"))
        #expect(result.status == .exited(3))
        #expect(result.standardOutput.text == "out\n")
        #expect(result.standardError.text == "err\n")
        #expect(result.usage.peakMemory > 0)
    }

    @Test("Arguments reach the program unchanged")
    func arguments() async throws {
        let texts = ["", "two words", "$HOME", "quote\"'", "ünïcödé"]
        let result = try await CommandRunner().run(Command("printf", ["%s|"] + texts))
        #expect(result.standardOutput.text == texts.joined(separator: "|") + "|")
    }

    @Test("Environment and folder are the given ones")
    func surroundings() async throws {
        let command = Command("/bin/sh", ["-c", "echo $A; pwd"], environment: ["A": "b"], workingDirectory: "/usr")
        #expect(try await CommandRunner().run(command).standardOutput.text == "b\n/usr\n")
    }

    @Test("The child has a clean mask, default dispositions, its own group and three descriptors")
    func cleanStart() async throws {
        let descriptor = open("/dev/null", O_RDONLY)
        defer { close(descriptor) }
        let script = """
            grep -E '^Sig(Blk|Ign)' /proc/self/status
            ls /proc/$$/fd | tr '\\n' ' '; cut -d' ' -f1,5 /proc/$$/stat
            """
        let text = try await CommandRunner().run(Self.shell(script)).standardOutput.text
        let lines = text.split(separator: "\n")
        #expect(lines.first == "SigBlk:\t0000000000000000")
        // Glibc leaves its two internal signals, 32 and 33, as they were.
        let ignored = try #require(
            lines.dropFirst().first?.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) }
        )
        #expect(ignored & ~(3 << 31) == 0)
        let last = try #require(lines.last)
        #expect(last.hasPrefix("0 1 2 "))
        let ids = last.split(separator: " ").suffix(2)
        #expect(ids.first == ids.last)
    }

    @Test("Megabytes on both pipes neither hang nor pile up")
    func talkative() async throws {
        let script = "head -c 5000000 /dev/zero & head -c 5000000 /dev/zero >&2; wait"
        let result = try await CommandRunner().run(Self.shell(script))
        #expect(result.standardOutput.totalBytes == 5_000_000)
        #expect(result.standardError.totalBytes == 5_000_000)
        #expect(result.standardError.bytes.count == 128 << 10)
    }

    @Test("Lines of standard error come as they are written")
    func errorLines() async throws {
        let lines = Lock<[String]>([])
        let result = try await CommandRunner(errorLimits: .nothing).run(
            Self.shell("for i in 1 2 3; do echo line $i >&2; done; printf end >&2")
        ) { line in
            lines.withLock { $0.append(line) }
        }
        #expect(lines.withLock { $0 } == ["line 1", "line 2", "line 3", "end"])
        #expect(result.standardError.bytes.isEmpty)
    }

    @Test("A program that isn't there, or an argument with a NUL, is a typed error")
    func notThere() async throws {
        for command in [Command("/no/such/program"), Command("no-such-program-in-path"), Command("echo", ["a\0b"])] {
            let error = await #expect(throws: ProcessError.self) { try await CommandRunner().run(command) }
            #expect(error?.code == .spawnFailed)
        }
    }

    @Test("A signal is told apart from an exit")
    func signalled() async throws {
        let result = try await CommandRunner().run(Self.shell("kill -SEGV $$"))
        guard case .signalled(SIGSEGV, _) = result.status else {
            Issue.record("\(result.status)")
            return
        }
    }

    @Test("The deadline ends the whole group")
    func deadline() async throws {
        let runner = CommandRunner(timeout: .milliseconds(300), grace: .seconds(20))
        let child = Lock<Int32?>(nil)
        let start = ContinuousClock.now
        let error = await #expect(throws: ProcessError.self) {
            try await runner.run(Self.shell("sleep 60 & echo $! >&2; wait")) { line in
                child.withLock { $0 = Int32(line) }
            }
        }
        #expect(error?.code == .timedOut)
        #expect(ContinuousClock.now - start < .seconds(15))
        try await Self.expectGone(try #require(child.withLock { $0 }))
    }

    @Test("A group that ignores SIGTERM is killed after the grace")
    func stubborn() async throws {
        let runner = CommandRunner(timeout: .milliseconds(300), grace: .milliseconds(300))
        let error = await #expect(throws: ProcessError.self) {
            try await runner.run(Self.shell("trap '' TERM; while :; do sleep 0.05; done"))
        }
        #expect(error?.code == .timedOut)
    }

    @Test("Cancellation ends the group, and run returns afterwards")
    func cancellation() async throws {
        let child = Lock<Int32?>(nil)
        let run = Task {
            try await CommandRunner().run(Self.shell("sleep 60 & echo $! >&2; wait")) { line in
                child.withLock { $0 = Int32(line) }
            }
        }
        try await Self.wait { child.withLock { $0 != nil } }
        run.cancel()
        let result = await run.result
        let error = #expect(throws: ProcessError.self) { _ = try result.get() }
        #expect(error?.code == .cancelled)
        try await Self.expectGone(try #require(child.withLock { $0 }))
    }

    @Test("What a program leaves behind in its group is killed, and its pipe doesn't hold up the run")
    func leftBehind() async throws {
        let start = ContinuousClock.now
        let result = try await CommandRunner().run(Self.shell("sleep 60 & echo $!"))
        #expect(ContinuousClock.now - start < .seconds(15))
        let text = result.standardOutput.text
        try await Self.expectGone(try #require(Int32(text.dropLast())))
    }

    @Test("Many runs at once leave no descriptor")
    func manyRuns() async {
        // In a process of its own: other tests open and close theirs meanwhile.
        await #expect(processExitsWith: .success) {
            let before = try CommandRunnerTests.descriptorCount()
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for index in 0..<100 {
                    group.addTask {
                        let result = try await CommandRunner().run(CommandRunnerTests.shell("echo \(index)"))
                        return result.standardOutput.text == "\(index)\n"
                    }
                }
                for try await isRight in group { try #require(isRight) }
            }
            try await CommandRunnerTests.wait {
                // Dispatch's timers have a few of their own.
                (try? CommandRunnerTests.descriptorCount()).map { $0 < before + 10 } ?? false
            }
        }
    }

    static func descriptorCount() throws -> Int {
        let folder = try #require(opendir("/proc/self/fd"))
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        return count
    }

    @Test("A child that is dropped is killed and reaped")
    func dropped() throws {
        let id: Int32
        do {
            let child = try ChildProcess(Self.shell("sleep 60"), descriptors: [nil, nil, nil])
            id = child.id
        }
        #expect(kill(id, 0) == -1)
    }

    static func wait(_ condition: @Sendable () -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while !condition() {
            try #require(ContinuousClock.now < deadline, "the condition never came true")
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// A killed grandchild belongs to init, which may take a moment to reap it.
    static func expectGone(_ id: Int32) async throws {
        try await wait {
            guard kill(id, 0) == 0 else { return true }
            return Self.isZombie(id)
        }
    }

    static func isZombie(_ id: Int32) -> Bool {
        guard let file = fopen("/proc/\(id)/stat", "r") else { return true }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 512)
        guard fgets(&line, 512, file) != nil else { return true }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.contains(") Z ")
    }
}
