import Testing

@testable import WorkerCommands

@Suite struct ArgumentTests {
    @Test(arguments: [
        (["-Q", "a"], nil, ["-Q", "a"]),
        ([], nil, []),
        (["worker", "-Q", "a"], "worker", ["-Q", "a"]),
        (
            ["-A", "proj", "-b", "amqp://h", "worker", "-c", "2"], "worker",
            ["-A", "proj", "-b", "amqp://h", "-c", "2"]
        ),
        (["-Aproj", "--broker=x", "-q", "-C", "worker"], "worker", ["-Aproj", "--broker=x", "-q", "-C"]),
        (["-A", "worker", "config"], "config", ["-A", "worker"]),
        (["-b", "x", "-P", "threads"], nil, ["-b", "x", "-P", "threads"]),
        (["worker.concurrency=2", "-P", "solo"], nil, ["worker.concurrency=2", "-P", "solo"]),
        (["--workdir", "/tmp", "--config=f", "status"], "status", ["--workdir", "/tmp", "--config=f"]),
    ])
    func globalOptionsMoveBehindTheCommand(given: [String], command: String?, arguments: [String]) {
        let order = ArgumentOrder(given)
        #expect(order.command == command)
        #expect(order.arguments == arguments)
    }

    private static func parse(_ arguments: [String], _ environment: [String: String] = [:]) throws -> WorkerArguments {
        try WorkerArguments(arguments, environment: environment)
    }

    /// Every option of `celery worker`, in each of its spellings.
    @Test(arguments: [
        ("hostname", ["-n", "w@h"]), ("hostname", ["--hostname=w@h"]), ("hostname", ["-nw@h"]),
        ("detach", ["-D"]), ("detach", ["--detach"]), ("statedb", ["-S", "p"]), ("statedb", ["--statedb", "p"]),
        ("loglevel", ["-l", "info"]), ("loglevel", ["--loglevel=FATAL"]), ("loglevel", ["-lDEBUG"]),
        ("optimization", ["-O", "fair"]), ("optimization", ["-Ofair"]),
        ("prefetch-multiplier", ["--prefetch-multiplier", "1"]),
        ("disable-prefetch", ["--disable-prefetch"]), ("concurrency", ["-c", "3"]), ("concurrency", ["-c3"]),
        ("concurrency", ["--concurrency=auto"]), ("pool", ["-P", "threads"]), ("pool", ["-Pthreads"]),
        ("pool", ["--pool", "solo"]), ("task-events", ["-E"]), ("task-events", ["--task-events"]),
        ("task-events", ["--events"]), ("time-limit", ["--time-limit", "3.5"]),
        ("soft-time-limit", ["--soft-time-limit=3"]), ("max-tasks-per-child", ["--max-tasks-per-child", "9"]),
        ("max-memory-per-child", ["--max-memory-per-child", "9"]),
        ("pool-start-method", ["--pool-start-method", "spawn"]),
        ("purge", ["--purge"]), ("purge", ["--discard"]), ("queues", ["-Q", "a,b"]), ("queues", ["-Qa"]),
        ("queues", ["--queues=a"]), ("exclude-queues", ["-X", "a"]), ("exclude-queues", ["--exclude-queues", "a"]),
        ("include", ["-I", "m"]), ("include", ["--include", "m"]), ("without-gossip", ["--without-gossip"]),
        ("without-mingle", ["--without-mingle"]), ("without-heartbeat", ["--without-heartbeat"]),
        ("heartbeat-interval", ["--heartbeat-interval", "2"]), ("autoscale", ["--autoscale=3,1"]), ("beat", ["-B"]),
        ("beat", ["--beat"]), ("schedule-filename", ["-s", "f"]), ("schedule-filename", ["--schedule", "f"]),
        ("schedule-filename", ["--schedule-filename", "f"]), ("scheduler", ["--scheduler", "c"]),
        ("logfile", ["-f", "l"]),
        ("logfile", ["--logfile", "l"]), ("pidfile", ["--pidfile", "p"]), ("uid", ["--uid", "u"]),
        ("gid", ["--gid", "g"]),
        ("umask", ["--umask", "022"]), ("executable", ["--executable", "e"]), ("log-format", ["--log-format", "json"]),
    ])
    func everyOptionIsParsed(name: String, arguments: [String]) throws {
        let option = try #require(WorkerOption.all.first { $0.name == name })
        #expect(option.isGiven(try Self.parse(arguments).command))
        let others = WorkerOption.all.filter { $0.name != name }
        let without = try Self.parse(arguments).command
        #expect(others.allSatisfy { !$0.isGiven(without) })
    }

    @Test func globalOptionsAreParsed() throws {
        let arguments = [
            "-A", "proj", "-b", "amqp://h", "--result-backend", "rpc://", "--loader", "app", "--config", "f",
            "--workdir",
            "/", "-C", "-q", "--skip-checks",
        ]
        let global = try Self.parse(arguments).command.global
        #expect(global.app == "proj" && global.broker == "amqp://h" && global.resultBackend == "rpc://")
        #expect(global.config == "f" && global.workdir == "/" && global.noColor && global.quiet)
    }

    @Test func theLastOfTwoCounts() throws {
        #expect(try Self.parse(["-c", "3", "-c", "4"]).command.pool.concurrency == "4")
    }

    @Test(arguments: [["--foo"], ["-l", "LOUD"], ["-l", "10"], ["-c"], ["--concurrency"]])
    func mistakesAreRefused(arguments: [String]) {
        #expect(throws: (any Error).self) { try Self.parse(arguments) }
    }

    @Test(arguments: WorkerOption.all.map(\.name).filter { $0 != "loglevel" })
    func theEnvironmentGivesDefaults(name: String) throws {
        let option = try #require(WorkerOption.all.first { $0.name == name })
        let parsed = try Self.parse([], [option.variable: option.isFlag ? "true" : "5"])
        #expect(option.isGiven(parsed.command))
        #expect(parsed.variables == [name: option.variable])
    }

    @Test func aTypedOptionWinsOverItsVariable() throws {
        let environment = [
            "CELERY_WORKER_CONCURRENCY": "3", "CELERY_WORKER_LOGLEVEL": "error", "CELERY_WORKER_DETACH": "0",
        ]
        let parsed = try Self.parse(["-c", "8"], environment)
        #expect(parsed.command.pool.concurrency == "8")
        #expect(parsed.command.node.loglevel == .error)
        #expect(!parsed.command.node.detach)
        #expect(parsed.variables == ["loglevel": "CELERY_WORKER_LOGLEVEL"])
    }
}
