import Platform
import Testing

@testable import WorkerCommands

/// Celery reference, 10.9.
@Suite struct PIDFileTests {
    @Test func isMadeAndRemoved() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/w.pid"
            let file = try PIDFile.acquire(path, processID: 4321) { Issue.record("\($0)") }
            #expect(try read(path) == "4321\n")
            file.release(processID: 4321)
            #expect(!Files.exists(path))
        }
    }

    @Test func aLivingOwnerKeepsIt() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/w.pid"
            // Process 1 is another user's or ours, and lives.
            try write("1\n", to: path)
            #expect {
                try PIDFile.acquire(path) { Issue.record("\($0)") }
            } throws: { error in
                guard case PIDFile.Failure.locked(1) = error else { return false }
                return true
            }
            #expect(try read(path) == "1\n")
        }
    }

    @Test(arguments: [
        ("4194304999\n", "Broken pidfile found - Removing it."), ("junk\n", "Broken pidfile found - Removing it."),
        ("12", "Broken pidfile found - Removing it."), ("", "Broken pidfile found - Removing it."),
        ("-5\n", "Broken pidfile found - Removing it."), ("2147483647\n", "Stale pidfile exists - Removing it."),
        ("777\n", nil),
    ])
    func aDeadOwnersIsReplaced(contents: String, note: String?) throws {
        try withTemporaryFolder { folder in
            let path = folder + "/w.pid"
            try write(contents, to: path)
            var notes: [String] = []
            _ = try PIDFile.acquire(path, processID: 777) { notes.append($0) }
            #expect(notes == [note].compactMap { $0 })
            #expect(try read(path) == "777\n")
        }
    }

    @Test func anothersFileIsNotRemoved() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/w.pid"
            let file = try PIDFile.acquire(path, processID: 777) { _ in }
            Files.remove(path)
            try write("1\n", to: path)
            file.release(processID: 777)
            #expect(Files.exists(path))
        }
    }

    @Test func aMissingFolderIsAnError() throws {
        #expect {
            try PIDFile.acquire("/nonexistent/w.pid") { _ in }
        } throws: { error in
            guard case PIDFile.Failure.system = error else { return false }
            return true
        }
    }
}
