import Foundation
import JSON
import Testing

/// `multi` beside the real `celery multi`: the same nodes and the same commands for them.
@Suite struct MultiTests {
    static let commandLines: [[String]] = [
        // Those of Celery's own help.
        ["multi", "show", "Leslie", "-E"],
        ["multi", "show", "Leslie", "-E", "--pidfile=/run/x/%n.pid", "--logfile=/log/x/%n%I.log"],
        ["multi", "show", "3", "-c", "3"],
        ["multi", "show", "3", "--range-prefix=worker", "-c", "3"],
        ["multi", "show", "image", "video", "data", "-c", "3"],
        ["multi", "show", "2", "--hostname=worker.example.com", "-c", "3"],
        ["multi", "show", "foo@worker.example.com", "bar@worker.example.com", "-c", "3"],
        ["multi", "show", "foo@%h", "bar@%h"],
        [
            "multi", "show", "10", "-l", "INFO", "-Q:1-3", "images,video", "-Q:4,5", "data", "-Q", "default", "-l:4,5",
            "DEBUG",
        ],
        ["multi", "show", "3", "-c", "3", "-c:1", "10"],
        ["multi", "show", "image", "video", "data", "-c", "3", "-c:image", "10"],
        ["multi", "show", "5", "-c", "3", "-c:1-3", "10"],
        ["multi", "show", "5", "-c", "3", "-c:1,2,3", "10"],
        ["multi", "show", "foo", "bar", "baz", "xuzzy", "-c", "3", "-c:foo,bar,baz", "10"],
        // Where an option stands, and which one wins.
        ["multi", "show", "a", "b", "c", "-c:1", "3", "-c:2,3", "4", "-E"],
        ["multi", "show", "a", "b", "-c:1", "3", "-c:a", "5", "-Q:b", "x"],
        ["multi", "show", "3", "-c:1-5", "9", "-c:2", "7"],
        ["multi", "show", "-c", "3", "3", "-l", "INFO"],
        ["multi", "show", "a@h", "b@h", "-c:a@h", "5", "--queues:b@h=x"],
        ["multi", "show", "2", "--pidfile:1=/run/x/one.pid", "--queues:2=a,b", "--queues=c"],
        ["multi", "show", "2", "--concurrency=3", "-c:1", "4"],
        ["multi", "show", "my-node", "-c:my-node", "3"],
        ["multi", "show", "2", "-f", "/log/x/%p.log", "--pidfile=/run/x/%N-%d.pid"],
        ["multi", "show", "2", "--loglevel=INFO", "--max-tasks-per-child=20", "--without-gossip"],
        ["multi", "show", "2", "--queues=%n,%d", "--unknown=%i%I%%"],
        // Global options go before the command, the last one first.
        ["-A", "proj", "-b", "amqp://x", "multi", "show", "2", "-c", "3"],
        ["-A", "proj", "--workdir=/tmp", "multi", "show", "2", "--result-backend=rpc://", "-A:2", "other"],
        ["multi", "show", "2", "--loader=app", "-b", "amqp://u:p@h:5672//v"],
        // Names.
        ["multi", "names", "0"],
        ["multi", "names", "1"],
        ["multi", "names", "a", "b", "--prefix=p_", "--suffix=s.example"],
        ["multi", "names", "3", "--prefix=p_", "--suffix=s.example", "--range-prefix=r"],
        ["multi", "names", "a", "b@h", "c@%h", "-n", "host.example"],
        ["multi", "names", "a", "--hostname=%h", "--nosplash", "--quiet"],
        ["--quiet", "multi", "names", "2", "--verbose", "--no-color"],
        // The command.
        ["multi", "show", "2", "--cmd=-m celery worker --detach -O fair", "-c", "3"],
        ["multi", "show", "2", "--append=-E %n", "-c", "3"],
        ["multi", "show", "2", "-c", "3", "--", "worker.direct=true", "worker.x=%n"],
        // Templates.
        ["multi", "expand", "/x/%n-%h-%d-%p-%N-%i-%I-%%.log", "2"],
        ["multi", "expand", "%n", "a", "b@h", "--prefix=p_"],
        ["multi", "get", "b@h", "a@h", "b@h", "-c", "3", "-c:b", "4"],
        // Mistakes.
        ["multi"],
        ["multi", "-x"],
        ["multi", "strat", "3"],
        ["multi", "get", "c@h", "a@h", "b@h"],
        ["multi", "show", "2", "-c:3", "9"],
        ["multi", "show", "a", "b", "-c:3", "9"],
    ]

    @Test(.timeLimit(.minutes(3)))
    func showsWhatCelerysShows() async throws {
        let environment = try TestEnvironment()
        let lines = String(decoding: try JSONEncoder().encode(Self.commandLines), as: UTF8.self)
        let output = try await ChildProcess.run(environment.python57, ["multi.py", lines], within: .seconds(60))
        let celery = try JSONDocument(Array(output.utf8)).root.value
        for (index, line) in Self.commandLines.enumerated() {
            let theirs = try #require(celery[index])
            // A folder without a configuration.
            let ours = try ChildProcess(environment.worker, line, directory: URL(filePath: "/tmp"))
            let code = try await ours.exitCode(within: .seconds(20))
            let call = Comment(rawValue: line.joined(separator: " "))
            #expect(Int64(code) == theirs["code"]?.integer, call)
            // Words for mistakes are our own.
            guard code == 0 else { continue }
            let expected = Self.inOurWords(
                theirs["output"]?.string ?? "",
                python: environment.python57,
                worker: environment.worker
            )
            #expect(ours.output == expected, call)
        }
    }

    /// Celery's lines with this program in place of Python and Celery, which no option has to name then.
    private static func inOurWords(_ text: String, python: String, worker: String) -> String {
        text.replacing("\(python) -m celery ", with: worker + " ")
            .replacing("-m celery ", with: "")
            .replacing(" --executable=\(python)", with: "")
            // An empty word stands for what is not appended.
            .replacing(/[ ]+/, with: " ")
            .replacing(" \n", with: "\n")
    }
}
