import CeleryProtocol
import Foundation
import JSON
import OrderedCollections
import PoolTasks
import Processes
import Testing

@testable import SwiftWorker

/// Everything that a body can do to its process, round after round, in a process of the test's own: so it can count all
/// of that process's children and descriptors.
///
/// `POOL_FAULT_ROUNDS` says how many rounds; the whole run is a thousand (`Tests/Chaos/README.md`). `POOL_FAULT_LIMIT` is
/// the hard limit of the body that hangs, in seconds, on which a round waits.
@Suite("Faults of child processes", .timeLimit(.minutes(90)))
struct ProcessFaultTests {
    @Test("A pool of three stays three, and loses nothing but what was at fault")
    func faults() async throws {
        let environment = ProcessInfo.processInfo.environment
        let rounds = environment["POOL_FAULT_ROUNDS"].flatMap { Int($0) } ?? 5
        guard environment[Self.inside] == nil else { return try await FaultRounds.run(rounds) }
        // Not an exit test: the library would block a thread of Swift's pool for each of its pipes.
        var command = Command(
            ProcessInfo.processInfo.arguments[0],
            ["--filter", "ProcessFaultTests", "--testing-library", "swift-testing"]
        )
        command.variables = [Self.inside: "1"]
        let result = try await CommandRunner().run(command)
        #expect(result.status == .exited(0), "\(result.standardOutput.text)\(result.standardError.text)")
    }

    private static let inside = "POOL_FAULT_INSIDE"
}

/// The rounds.
private struct FaultRounds {
    /// The hard limit of the body that hangs, in seconds: time enough for what it does before, also on a busy machine.
    private static let limit = ProcessInfo.processInfo.environment["POOL_FAULT_LIMIT"].flatMap { Double($0) } ?? 2

    private let gate: Gate
    private let harness: PoolHarness

    init() throws {
        gate = try Gate()
        harness = try PoolHarness(.prefork, 3) { options in
            options.memoryLimit = 300 << 10
            options.times.loss = .milliseconds(200)
        }
    }

    /// Runs the rounds, and then looks at what is left. A first pool has opened what stays open.
    static func run(_ rounds: Int) async throws {
        try await FaultRounds().run(1)
        let descriptors = try descriptors()
        let last = try FaultRounds()
        try await last.run(rounds)
        // The pool's own are closed just after it has told of its end.
        try await last.reach("no descriptor is left but \(descriptors)") {
            (try? Self.descriptors().count <= descriptors.count) ?? false
        }
    }

    private func run(_ rounds: Int) async throws {
        defer { gate.remove() }
        try await harness.run {
            for round in 0..<rounds { try await run(round: round) }
            try await reach("three children are left") { Self.children().count == 3 }
        }
        try check(Self.children().isEmpty, "children are left: \(Self.children())")
        try check(harness.ends.poolFailures.isEmpty, "the pool failed: \(harness.ends.poolFailures)")
    }

    private func run(round: Int) async throws {
        let folder: JSONObject = ["folder": .string(gate.folder)]
        let before = harness.ends.ids.count
        func name(_ what: String) -> String { "\(what)-\(round)" }
        try harness.submit([name("trap")], of: Trap())
        try harness.submit([name("exit")], of: Exit(), ["code": 3])
        try harness.submit([name("kill")], of: Gated(), folder.merging(["isBlocking": true]) { $1 })
        try harness.submit([name("eat")], of: Eat(), folder.merging(["megabytes": 500, "waits": true]) { $1 })
        try harness.submit([name("grand")], of: Grandchildren(), folder, limits: (Self.limit, nil))
        try harness.submit([name("close")], of: CloseDescriptors(), folder)
        try harness.submit([name("print")], of: PrintBytes(), ["count": 100_000_000])
        let good = (0..<20).map { name("good\($0)") }
        try harness.submit(good, of: Quick())
        try await reach("the victim runs") { gate.entered.contains(name("kill")) }
        try await reach("its start is told") { harness.ends.process(of: name("kill")) != nil }
        // Never 0, which would be everybody.
        if let process = harness.ends.process(of: name("kill")) { kill(process, SIGKILL) }
        let all = ["trap", "exit", "kill", "eat", "grand", "close", "print"].map(name) + good
        try await reach("the ends of \(Set(all).subtracting(harness.ends.ids).sorted())") {
            harness.ends.ids.count == before + all.count
        }
        try expect(name("trap")) { if case .lost(let loss) = $0 { loss.isTrap } else { false } }
        try expect(name("exit")) { if case .lost(let loss) = $0, loss.cause == .exit(3) { true } else { false } }
        try expect(name("kill")) {
            if case .lost(let loss) = $0, loss.cause == .signal(9, name: "SIGKILL") { true } else { false }
        }
        try expect(name("eat")) { if case .lost(let loss) = $0, case .memory = loss.cause { true } else { false } }
        try expect(name("grand")) { if case .timedOut = $0 { true } else { false } }
        // A library of the child's may miss its own descriptors first, and trap.
        try expect(name("close")) {
            if case .lost(let loss) = $0 { loss.cause == .disconnected || loss.isTrap } else { false }
        }
        try expect(name("print")) { if case .success(let result) = $0 { result.text == "100000000" } else { false } }
        for id in good { try expect(id) { if case .success = $0 { true } else { false } } }
        let grandchildren = gate.takeGrandchildren()
        try check(grandchildren.count == 3, "round \(round): \(grandchildren.count) of 3 grandchildren were started")
        try await reach("the grandchildren are gone") { !grandchildren.contains(where: Self.sleeps) }
    }

    /// Whether a process is a grandchild that still runs: the system gives its number out again.
    private static func sleeps(_ process: Int32) -> Bool {
        (try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)) == "sleep\u{0}1000\u{0}"
    }

    private func expect(_ id: String, _ isRight: (Outcome) -> Bool) throws {
        guard let outcome = harness.ends.outcome(of: id) else { throw Wrong("\(id) has no outcome") }
        try check(isRight(outcome), "\(id) ended in \(outcome)")
    }

    /// Waits for a condition, for at most two minutes: a round is seconds of work, and the machine may be busy.
    private func reach(_ what: @autoclosure () -> String, _ condition: () -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(120)
        while !condition() {
            try check(ContinuousClock.now < deadline, "not reached in time: \(what())")
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    private struct Wrong: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) { self.description = description }
    }

    private func check(_ condition: Bool, _ problem: @autoclosure () -> String) throws {
        if !condition { throw Wrong(problem()) }
    }

    /// The processes whose parent is this one, zombies too.
    private static func children() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.filter { name in
            guard Int32(name) != nil, let text = try? String(contentsOfFile: "/proc/\(name)/stat", encoding: .utf8)
            else {
                return false
            }
            let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
            return fields.count > 2 && fields[2] == "\(getpid())"
        }
    }

    private static func descriptors() throws -> [String] {
        let names = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        // The folder that is being read is among them, and gone.
        return names.compactMap { name in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)")).map {
                "\(name) \($0)"
            }
        }
    }
}

extension WorkerLoss {
    /// Whether the process ended itself: SIGILL or SIGTRAP.
    var isTrap: Bool { if case .signal(4...5, _) = cause { true } else { false } }
}
