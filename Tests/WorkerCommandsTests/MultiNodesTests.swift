import SwiftWorker
import Testing

@testable import WorkerCommands

/// Nodes of the command line alone. What the real Celery makes of the same is compared in InteropTests.
@Suite struct MultiNodesTests {
    static let machine = Machine(hostName: "vm.example.com", home: "/home/me")

    static func nodes(_ words: [String]) throws -> MultiNodes {
        try MultiNodes(try MultiArguments(words), machine: machine)
    }

    private static let places1 = [
        "--pidfile=/var/run/celery/celery1.pid", "--logfile=/var/log/celery/celery1%I.log",
    ]

    @Test func aCountMakesNodes() throws {
        let nodes = try Self.nodes(["3", "-c", "3", "-c:2-9", "5", "-c:3", "7"]).nodes
        #expect(
            nodes.map(\.description) == ["celery1@vm.example.com", "celery2@vm.example.com", "celery3@vm.example.com"]
        )
        #expect(nodes[0].arguments == ["worker", "--detach", "-c", "3", "-n", "celery1@vm.example.com"] + Self.places1)
        #expect(nodes.map { $0.arguments[3] } == ["3", "5", "5"])
        #expect(nodes[0].pidFile == "/var/run/celery/celery1.pid")
        // %I is the worker's: nothing in its main process.
        #expect(nodes[0].logFile == "/var/log/celery/celery1.log")
    }

    @Test func theExecutableIsAlwaysThisOne() throws {
        let words = ["1", "--executable=/usr/bin/python3", "--cmd=-m celery worker --detach -E"]
        let node = try #require(try Self.nodes(words).nodes.first)
        #expect(node.arguments == ["worker", "--detach", "-E", "-n", "celery1@vm.example.com"] + Self.places1)
    }

    @Test(arguments: [
        (["a", "--pidfile=~/%n.pid", "-f", "~/%p.log"], "/home/me/a.pid", "/home/me/a@vm.example.com.log"),
        (["a", "-p", "run/%n.pid", "--workdir=/srv"], "/srv/run/a.pid", "/var/log/celery/a.log"),
        (["a", "--pidfile:a=x.pid", "--workdir:1=/srv/", "--logfile=%d"], "/srv/x.pid", "/srv/vm.example.com"),
    ])
    func places(words: [String], pidFile: String, logFile: String) throws {
        let node = try #require(try Self.nodes(words).nodes.first)
        #expect(node.pidFile == pidFile)
        #expect(node.logFile == logFile)
    }

    /// Celery would take `%2f` in a URL for an abbreviation, and end.
    @Test func urlsAreLeftAlone() throws {
        let words = ["a", "-b", "amqp://u:p%40@h/%2fv", "--result-backend=redis://%n"]
        let arguments = try #require(try Self.nodes(words).nodes.first).arguments
        #expect(arguments[..<3] == ["--result-backend=redis://%n", "-b", "amqp://u:p%40@h/%2fv"])
    }

    @Test(arguments: [
        (["2", "-c:3", "9"], "no node has the number 3: there are 2, counted from 1"),
        (["a", "-c:0", "9"], "no node has the number 0: there are 1, counted from 1"),
        (["3", "-c:1-x", "9"], "'1-x' is no range of nodes such as 1-3"),
        (["1001"], "1001 nodes are more than 1000"),
        (["a", "-Q", "%q"], "unknown format %q in '%q': is a % to be written %%?"),
        (["a%q"], "unknown format %q in 'a%q@vm.example.com': is a % to be written %%?"),
        (["a", "--cmd=worker 'x"], "--cmd: a quote is open in worker 'x"),
    ])
    func mistakes(words: [String], message: String) throws {
        let error = try #require(throws: MultiError.self) { try Self.nodes(words) }
        #expect(error.description == message)
    }

    @Test(arguments: [
        (["a", "b", "-c:a", "1", "-c:1,b", "2"], []),
        (["a", "b", "-c:c", "1", "-Q:a,1-2", "x"], ["c", "1-2"]),
        (["3", "-c:1-9", "1", "-c:celery2@vm.example.com", "2", "-c:x", "3"], ["x"]),
    ])
    func optionsForNobodyAreNoticed(words: [String], names: [String]) throws {
        #expect(try Self.nodes(words).unknownNames == names)
    }
}
