import Foundation
import Platform
import Testing

@testable import WorkerCommands

/// Which process a pid file speaks of.
@Suite struct NodeProcessTests {
    private static func node(_ words: [String] = []) throws -> MultiNode {
        try #require(try MultiNodesTests.nodes(["w1@vm", "--pidfile=/run/%n.pid"] + words).nodes.first)
    }

    @Test(arguments: [
        (["w", "worker", "--detach", "-n", "w1@vm"], true),
        (["w", "-nw1@%h"], true),
        (["w", "--hostname=w1@vm"], true),
        (["w", "--hostname", "w1@"], true),
        (["python", "-m", "celery", "-A", "proj", "worker", "-n", "w1@vm", "--pidfile=/other"], true),
        // A name decides, whatever file there is.
        (["w", "-n", "w2@vm", "--pidfile=/run/w1.pid"], false),
        (["w", "-n", "w1@other"], false),
        // Without one, the file.
        (["w", "--pidfile", "/run/%n.pid"], true),
        (["w", "--pidfile=w1.pid"], true),
        (["w", "--workdir", "sub", "--pidfile=../w1.pid"], false),
        (["w", "--pidfile=/run/other.pid"], false),
        (["sleep", "100"], false),
        (["vi", "/run/w1.pid"], false),
        (["w", "-n"], false),
        ([], false),
    ])
    func aCommandLineNamesItsNode(arguments: [String], isOurs: Bool) throws {
        #expect(try NodeProcess.names(Self.node(), arguments, hostName: "vm", folder: "/run") == isOurs)
    }

    @Test(arguments: ["", "junk\n", "12", "2147483647\n"])
    func aFileOfNobodyIsStale(contents: String) throws {
        try withTemporaryFolder { folder in
            try write(contents, to: folder + "/w1.pid")
            let node = try Self.node(["--pidfile=\(folder)/%n.pid"])
            guard case .stale = NodeProcess.find(node, executable: "w", hostName: "vm") else {
                Issue.record("not stale")
                return
            }
        }
    }

    @Test func otherProgramsAreStrangersAndOtherWorkersAreLeftAlone() throws {
        try withTemporaryFolder { folder in
            let process = try start(["/bin/sleep", "100"])
            defer { process.terminate() }
            let node = try Self.node(["--pidfile=\(folder)/%n.pid"])
            guard case .none = NodeProcess.find(node, executable: "w", hostName: "vm") else {
                Issue.record("there is no file")
                return
            }
            try write("\(process.processIdentifier)\n", to: node.pidFile)
            guard case .stale(let what) = NodeProcess.find(node, executable: "/usr/bin/w", hostName: "vm") else {
                Issue.record("not a stranger")
                return
            }
            #expect(what == "pid \(process.processIdentifier), which is '/bin/sleep' now")
            // The same program, but not for this node.
            guard case .other = NodeProcess.find(node, executable: "/usr/bin/sleep", hostName: "vm") else {
                Issue.record("not another worker")
                return
            }
        }
    }

    @Test(arguments: [
        (0, "0 s"), (59, "59 s"), (61, "1 min 1 s"), (7325, "2 h 2 min"), (93_600, "1 d 2 h"), (-5, "0 s"),
    ])
    func agesAreReadable(seconds: Int, text: String) {
        #expect(NodeStatus.text(ofSeconds: seconds) == text)
    }
}
