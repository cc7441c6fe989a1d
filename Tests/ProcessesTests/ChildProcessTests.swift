import Foundation
import Testing
import Threads

@testable import Processes

@Suite("Starting and ending children", .timeLimit(.minutes(1)))
struct ChildProcessTests {
    /// Holds a child beyond the scope that started it.
    final class Holder: Sendable {
        let child: Lock<ChildProcess?>

        init(_ child: consuming ChildProcess?) {
            self.child = Lock(child)
        }

        var end: Processes.ExitStatus? {
            child.withLock { child in
                switch child {
                case .some(let child): child.end()?.status
                case .none: nil
                }
            }
        }
    }

    /// Waits for a condition, for at most ten seconds.
    private func eventually(_ what: String, _ condition: () throws -> Bool) throws {
        let deadline = ContinuousClock.now + .seconds(10)
        while try !condition() {
            try #require(ContinuousClock.now < deadline, "\(what)")
            usleep(2_000)
        }
    }

    private func isAlive(_ process: Int32) -> Bool {
        ProcessList.status(of: process).map { !$0.isZombie } ?? false
    }

    @Test("A child dies with the thread that started it")
    func diesWithItsThread() throws {
        let started = BlockingQueue<Holder>()
        let end = BlockingQueue<Void>()
        try OperatingThread.start(name: "parent") {
            started.append(Holder(try? ChildProcess(Command("sleep", ["1000"]), descriptors: [nil, nil, nil])))
            started.wake()
            _ = end.next()
        }
        let holder = try #require(started.next())
        usleep(50_000)
        #expect(holder.end == nil)
        _ = end.close()
        try eventually("it is killed") { holder.end == .signalled(SIGKILL, dumpedCore: false) }
    }

    @Test("A child may lead a session, without a terminal")
    func leadsASession() throws {
        let pipe = try OutputPipe()
        let child = try ChildProcess(
            Command("cut", ["-d ", "-f5,6,7", "/proc/self/stat"]),
            descriptors: [nil, pipe.childEnd, nil],
            isolation: .session
        )
        let id = child.id
        let ended = try child.reap()
        #expect(ended.status == .exited(0))
        let reader = pipe.intoReader()
        var buffer = [UInt8](repeating: 0, count: 256)
        guard case .bytes(let count) = reader.read(into: &buffer) else {
            Issue.record("nothing was printed")
            return
        }
        #expect(String(decoding: buffer[..<count], as: UTF8.self) == "\(id) \(id) 0\n")
    }

    @Test("What a child has started ends with it, wherever it has gone")
    func sweeps() throws {
        let folder = "/tmp/swiftworker-sweep-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // In its group; in a group of its own; in a session of its own; there, and given to another parent.
        let script = """
            sleep 1001 & touch $F/$!
            set -m; sleep 1002 & touch $F/$!; set +m
            setsid sh -c 'touch $F/$$; exec sleep 1003' &
            setsid sh -c 'setsid sleep 1004 & touch $F/$!' &
            sleep 1005
            """
        var command = Command("/bin/sh", ["-c", script])
        command.variables = ["F": folder, "_MARK": folder]
        let child = try ChildProcess(command, descriptors: [nil, nil, nil], isolation: .session)
        func started() throws -> [Int32] {
            try FileManager.default.contentsOfDirectory(atPath: folder).compactMap { Int32($0) }
        }
        try eventually("all are started") { try started().count == 4 && started().allSatisfy(isAlive) }
        child.killGroup()
        try child.reap(sweeping: "_MARK=\(folder)")
        #expect(try started().filter(isAlive).isEmpty)
    }

    @Test("How a child has ended can be seen before it is reaped")
    func peeks() throws {
        let child = try ChildProcess(Command("/bin/sh", ["-c", "exit 7"]), descriptors: [nil, nil, nil])
        let id = child.id
        let holder = Holder(child)
        try eventually("it ends") { holder.end == .exited(7) }
        #expect(ProcessList.status(of: id)?.isZombie == true)
        let ended = try holder.child.withLock { $0.take() }?.reap()
        #expect(ended?.status == .exited(7))
        #expect(ProcessList.status(of: id) == nil)
    }

    @Test("Variables come over those of the environment")
    func variables() async throws {
        var command = Command("/bin/sh", ["-c", "echo $HOME $A"], name: "other")
        command.variables = ["HOME": "/here", "A": "b"]
        #expect(try await CommandRunner().run(command).standardOutput.text == "/here b\n")
        command.defaults = ["HOME": "/there", "PATH": "/nowhere", "_B": "c"]
        command.arguments = ["-c", "echo $HOME $_B; [ $PATH = /nowhere ] || echo $A"]
        #expect(try await CommandRunner().run(command).standardOutput.text == "/here c\nb\n")
        command.arguments = ["-c", "echo $0"]
        #expect(try await CommandRunner().run(command).standardOutput.text == "other\n")
    }

    @Test("Memory can be looked at")
    func memory() {
        #expect((ProcessMemory.resident(of: getpid()) ?? 0) > 1_000)
        #expect((ProcessMemory.peak(of: getpid()) ?? 0) >= (ProcessMemory.resident(of: getpid()) ?? .max) / 2)
        #expect(ProcessMemory.ownPeak > 1_000)
        #expect(ProcessMemory.resident(of: -1) == nil)
    }
}
