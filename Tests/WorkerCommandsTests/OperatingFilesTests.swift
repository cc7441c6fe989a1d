import SwiftWorker
import Testing

@testable import WorkerCommands

/// The command lines in the files that an operator takes over.
@Suite struct OperatingFilesTests {
    private static let names = ["cpu", "async", "maintenance"]

    /// By the worker's name.
    private func systemd() throws -> [String: [String]] {
        let folder = try packageFolder() + "/config/systemd"
        return try Dictionary(
            uniqueKeysWithValues: Self.names.map { name in
                let lines = try read("\(folder)/\(name).env").split(separator: "\n").map(String.init)
                let options = try #require(lines.first { $0.hasPrefix("SWIFTWORKER_OPTIONS=") })
                return (name, options.dropFirst("SWIFTWORKER_OPTIONS=".count).split(separator: " ").map(String.init))
            }
        )
    }

    private func compose() throws -> [String: [String]] {
        let file = try read(try packageFolder() + "/config/docker/compose.yaml")
        let commands = file.matches(of: /\n  (\w+):\n    <<: \*worker\n    command: worker -n (\w+)@%h (.*)\n/)
        return Dictionary(
            uniqueKeysWithValues: commands.map { match in
                #expect(match.output.1 == match.output.2)
                return (String(match.output.1), match.output.3.split(separator: " ").map(String.init))
            }
        )
    }

    private func kubernetes() throws -> [String] {
        let page = try read(try packageFolder() + "/docs/operations.md")
        let match = try #require(page.firstMatch(of: /args: \[worker, -n, cpu@%h, (.*)\]/))
        return match.output.1.replacing("\"", with: "").split(separator: ", ").map(String.init)
    }

    @Test func everybodyStartsTheSameWorkers() throws {
        let workers = try systemd()
        #expect(try compose() == workers)
        #expect(try kubernetes() == workers["cpu"])
    }

    @Test(arguments: Self.names)
    func itsOptionsAreRight(name: String) throws {
        let options = try #require(try systemd()[name])
        let command = try WorkerArguments(options + ["-n", "\(name)@%h"], environment: [:]).command
        for option in WorkerOption.all where option.isGiven(command) {
            #expect(option.missing == nil, "\(option.title) is not there yet")
        }
        let path = try packageFolder() + "/config/swiftworker.yaml"
        var effective = EffectiveSettings()
        try effective.apply(file: try #require(try ConfigurationFile.find(named: path, environment: [:])).root)
        #expect(effective.settings.configuredQueueNames.contains(try #require(command.queues.queues)))
        #expect(PoolKind(rawValue: try #require(command.pool.pool)) != nil)
        #expect(Int(try #require(command.pool.concurrency)) != nil)
    }

    /// The unit puts the options on the command line; their variable must not look like a misspelt setting.
    @Test func theVariableIsNoSetting() throws {
        let effective = try SettingsLayersTests.load(environment: ["SWIFTWORKER_OPTIONS": "-Q maintenance -c 1"])
        #expect(effective.warnings.isEmpty)
    }
}
