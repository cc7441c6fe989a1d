import AMQP
import BrokerModel
import ChildPrograms
import Foundation
import JSON
import Testing

/// `broker check` and `broker apply` on the private broker, whatever its version.
@Suite(.timeLimit(.minutes(5)))
struct BrokerCheckTests {
    private static let limit = ["SWIFTWORKER_TASK_TIME_LIMIT": "3600", "SWIFTWORKER_WORKER_PREFETCH_MULTIPLIER": "1"]

    private func problems(_ ended: BrokerProgram.Ended) throws -> [JSONValue] {
        let report = try JSONValue(parsing: Array(ended.output.utf8))
        #expect(report["unseen"] == .null)
        return try #require(report["problems"]?.array)
    }

    private func isAtLeast(_ major: Int) async throws -> Bool {
        let session = try await TestBroker.broker(try TestBroker.configuration()).makeSession()
        let version = session.serverProperties["version"]?.string ?? ""
        await session.close()
        return Int(version.prefix { $0.isNumber }) ?? 0 >= major
    }

    @Test func aStockBrokersProblemsAreNamedAndMended() async throws {
        let isNew = try await isAtLeast(4)
        try await BrokerProgram.withVirtualHost { _, url in
            let check = ["check", "--json", "-Q", "work"]
            // A task of three hours is longer than the two that rabbitmq.conf has, as one of one hour is than the default.
            let found = try await BrokerProgram.run(
                check,
                url: url,
                environment: Self.limit.merging(["SWIFTWORKER_TASK_TIME_LIMIT": "10800"]) { $1 }
            )
            #expect(found.code == 1, "\(found.errors)")
            let kinds = try problems(found).map { $0["kind"]?.string }
            let always = ["consumer-timeout", "no-dead-lettering"]
            #expect(kinds == always + (isNew ? ["dead-letter-delivery-limit"] : []))
            // As its own remedies say.
            let apply = ["apply", "--policies", "-Q", "work"]
            let dry = try await BrokerProgram.run(apply + ["--dry-run"], url: url)
            #expect(dry.code == 0 && dry.output.contains("declare: queue work.dead (quorum)"), "\(dry.errors)")
            let applied = try await BrokerProgram.run(apply, url: url)
            #expect(applied.code == 0 && applied.output == dry.output, "\(applied.errors)")
            let again = try await BrokerProgram.run(apply, url: url)
            #expect(again.code == 0 && !again.output.contains("declare: "), "\(again.errors)")
            let mended = try await BrokerProgram.run(check, url: url, environment: Self.limit)
            #expect(mended.code == 0, "\(mended.output)\(mended.errors)")
            #expect(try problems(mended).isEmpty)
        }
    }

    @Test func whatIsDeclaredOtherwiseIsNamed() async throws {
        try await BrokerProgram.withVirtualHost { name, url in
            var endpoint = try TestBroker.endpoint()
            endpoint.virtualHost = name
            let session = try await TestBroker.broker(try TestBroker.configuration(endpoint)).makeSession()
            try await session.declare([
                .queue(QueueDeclaration(name: "work", arguments: ["x-queue-type": "quorum"])),
                .queue(QueueDeclaration(name: "work.dead", arguments: ["x-queue-type": "classic"])),
            ])
            await session.close()
            let found = try await BrokerProgram.run(
                ["check", "--json", "-Q", "work"],
                url: url,
                environment: Self.limit
            )
            let differing = try problems(found).filter { $0["kind"]?.string == "differing-declaration" }
            #expect(differing.compactMap { $0["subject"]?.string }.sorted() == ["work", "work.dead"])
            let applied = try await BrokerProgram.run(["apply", "-Q", "work"], url: url)
            #expect(applied.code == 1 && applied.errors.contains("refused: queue work"), "\(applied.output)")
        }
    }

    /// The definitions, users and settings that are shipped, on a broker with the shipped rabbitmq.conf.
    @Test func theShippedConfigurationHasNoProblem() async throws {
        let folder = BrokerProgram.packageFolder
        let passwordProcess = Process()
        passwordProcess.executableURL = URL(filePath: folder + "/rabbitmq/passwords")
        passwordProcess.environment = [
            "PATH": "/usr/bin:/bin", "RABBITMQ_WORKER_PASSWORD": "w", "RABBITMQ_PRODUCER_PASSWORD": "p",
            "RABBITMQ_MONITOR_PASSWORD": "m",
        ]
        let definitions = try await BrokerProgram.end(passwordProcess)
        try #require(definitions.code == 0, "\(definitions.errors)")
        let file = try BrokerProgram.sharedFolder().appending(path: "definitions-test.json")
        try Data(definitions.output.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        try await BrokerProgram.control(["import_definitions", file.path])
        let url = BrokerProgram.url(try TestBroker.endpoint(), "zoomuploader", user: "worker", password: "w")
        let checked = Result {
            try BrokerProgram.process(["check", "--config", folder + "/config/swiftworker.yaml"], url: url)
        }
        let ended = try? await BrokerProgram.end(try checked.get())
        for user in ["worker", "producer", "monitor"] { try? await BrokerProgram.control(["delete_user", user]) }
        try? await BrokerProgram.control(["delete_vhost", "zoomuploader"])
        #expect(ended?.code == 0, "\(ended?.output ?? "")\(ended?.errors ?? "")")
        #expect(ended?.output.contains("nothing will go wrong") == true)
    }

    @Test func whatCannotBeSeenIsSaid() async throws {
        try await BrokerProgram.withVirtualHost { _, url in
            let process = try BrokerProgram.process(["check", "-Q", "work"], url: url)
            process.arguments = ["broker", "check", "-Q", "work", "--rabbitmqctl", "no-such-program"]
            let ended = try await BrokerProgram.end(process)
            #expect(ended.code == 2)
            #expect(ended.output.contains("Not looked at: policies"), "\(ended.output)\(ended.errors)")
        }
        let nowhere = try await BrokerProgram.run(["check"], url: "amqp://127.0.0.1:1//")
        #expect(nowhere.code == 2 && nowhere.errors.contains("connectFailed"), "\(nowhere.errors)")
    }
}
