import FoundationEssentials
import Glibc

/// A folder by which a test and bodies, in whatever process, meet: bodies leave a file when they enter, and wait for
/// one to take away, or for the gate to be opened for good.
public struct Gate: Sendable {
    public let folder: String

    /// Makes a folder of its own.
    public init() throws {
        folder = "/tmp/swiftworker-gate-" + UUID().uuidString
        for name in ["entered", "passes", "grandchildren"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder)/\(name)",
                withIntermediateDirectories: true
            )
        }
    }

    public init(folder: String) {
        self.folder = folder
    }

    // For the test.

    /// The ids of the tasks that have entered.
    public var entered: [String] { names(in: "entered") }

    /// The processes that bodies have started since this was asked last: the system gives their numbers out again.
    public func takeGrandchildren() -> [Int32] {
        let names = names(in: "grandchildren")
        for name in names { unlink("\(folder)/grandchildren/\(name)") }
        return names.compactMap { Int32($0) }
    }

    /// Lets one body pass.
    public func pass() { leave("passes/\(UUID().uuidString)") }

    /// Lets all pass, also those to come.
    public func open() { leave("open") }

    /// Removes the folder; whoever waits passes.
    public func remove() { try? FileManager.default.removeItem(atPath: folder) }

    // For bodies.

    func enter(_ id: String) { leave("entered/\(id)") }

    func noteGrandchild(_ process: Int32) { leave("grandchildren/\(process)") }

    /// Blocks the thread until it is its turn.
    func wait() {
        while true {
            for pass in names(in: "passes") where unlink("\(folder)/passes/\(pass)") == 0 { return }
            // Open, or removed.
            if access(folder + "/open", F_OK) == 0 || access(folder, F_OK) != 0 { return }
            usleep(10_000)
        }
    }

    private func names(in folder: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: "\(self.folder)/\(folder)")) ?? []
    }

    private func leave(_ name: String) {
        let descriptor = Glibc.open("\(folder)/\(name)", O_CREAT | O_WRONLY | O_CLOEXEC, 0o644)
        if descriptor >= 0 { close(descriptor) }
    }
}
