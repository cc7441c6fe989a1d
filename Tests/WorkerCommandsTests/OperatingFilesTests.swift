import SwiftWorker
import Testing

@testable import WorkerCommands

/// The files that an operator takes over start the workers that the configuration names.
@Suite struct OperatingFilesTests {
    /// By the worker's name, its options.
    private func systemd() throws -> [String: [String]] {
        let folder = try packageFolder() + "/config/systemd"
        return try Dictionary(
            uniqueKeysWithValues: configured().map { worker in
                let lines = try read("\(folder)/\(worker.name).env").split(separator: "\n").map(String.init)
                let options = try #require(lines.first { $0.hasPrefix("SWIFTWORKER_OPTIONS=") })
                return (worker.name, words(options.dropFirst("SWIFTWORKER_OPTIONS=".count)))
            }
        )
    }

    private func compose() throws -> [String: [String]] {
        let file = try read(try packageFolder() + "/config/docker/compose.yaml")
        let commands = file.matches(of: /\n  (\w+):\n    <<: \*worker\n    command: worker -n (\w+)@%h (.*)\n/)
        return Dictionary(
            uniqueKeysWithValues: commands.map { match in
                #expect(match.output.1 == match.output.2)
                return (String(match.output.1), words(match.output.3))
            }
        )
    }

    private func kubernetes() throws -> [String] {
        let page = try read(try packageFolder() + "/docs/operations.md")
        let match = try #require(page.firstMatch(of: /args: \[worker, -n, cpu@%h, (.*)\]/))
        return match.output.1.replacing("\"", with: "").split(separator: ", ").map(String.init)
    }

    private func configured() throws -> [WorkerSettings] {
        let path = try packageFolder() + "/config/swiftworker.yaml"
        var effective = EffectiveSettings()
        try effective.apply(file: try #require(try ConfigurationFile.find(named: path, environment: [:])).root)
        return effective.settings.workers
    }

    private func words(_ text: Substring) -> [String] { text.split(separator: " ").map(String.init) }

    @Test func everybodyStartsTheSameWorkers() throws {
        let workers = try systemd()
        #expect(workers.count == 3)
        #expect(try compose() == workers)
        #expect(try kubernetes() == workers["cpu"])
    }

    @Test func theyAreThoseOfTheConfiguration() throws {
        let files = try systemd()
        for worker in try configured() {
            let command = try WorkerArguments(try #require(files[worker.name]), environment: [:]).command
            let options = Dictionary(uniqueKeysWithValues: worker.options.map { ($0.key, $0.value.yaml) })
            #expect(command.queues.queues == worker.queues.joined(separator: ","))
            #expect(command.pool.pool == worker.pool?.rawValue)
            #expect(command.pool.concurrency == worker.concurrency)
            #expect(command.pool.maxTasksPerChild == options["max-tasks-per-child"])
            #expect(command.node.loglevel?.rawValue == options["loglevel"])
            // The supervisor's.
            #expect(command.daemon.logfile == nil && command.daemon.pidfile == nil && !command.node.detach)
        }
    }

    /// The unit puts the options on the command line; their variable must not look like a misspelt setting.
    @Test func theVariableIsNoSetting() throws {
        let effective = try SettingsLayersTests.load(environment: ["SWIFTWORKER_OPTIONS": "-Q maintenance -c 1"])
        #expect(effective.warnings.isEmpty)
    }
}
