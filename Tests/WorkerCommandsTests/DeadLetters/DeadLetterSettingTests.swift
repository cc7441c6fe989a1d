import SwiftWorker
import Testing

@testable import WorkerCommands

/// The settings about dead letters, as they are written in a file and on the command line.
@Suite struct DeadLetterSettingTests {
    private func settings(_ yaml: String) throws -> EffectiveSettings {
        var effective = EffectiveSettings()
        try effective.apply(file: try YAMLTree.parse(yaml) { .file(path: "f", line: $0, column: $1) })
        return effective
    }

    private func shown(_ name: String, _ effective: EffectiveSettings) -> String? {
        effective.entries().first { $0.definition.name == name }?.value.yaml
    }

    @Test(arguments: [
        ("false", "false"), ("true", "true"), ("yes", "true"), ("null", "false"),
        ("{'video.*': true, audio.cut: false, '*': true}", "{'video.*': true, audio.cut: false, '*': true}"),
    ])
    func failures(_ given: String, _ expected: String) throws {
        let effective = try settings("task_dead_letter: \(given)")
        #expect(
            shown("task_dead_letter", effective)
                == shown("task_dead_letter", try settings("task_dead_letter: \(expected)"))
        )
    }

    @Test func theFirstPatternThatFitsDecides() throws {
        let rules = try settings("task_dead_letter: {'video.cut': false, 'video.*': true}").settings.taskDeadLetter
        let policy = DeadLetterPolicy(rules: rules)
        #expect(!policy.keeps(.failed, of: "video.cut"))
        #expect(policy.keeps(.failed, of: "video.join"))
        #expect(!policy.keeps(.failed, of: "audio"))
        #expect(policy.keeps(.quarantined, of: "video.cut"))
    }

    @Test(arguments: [
        "task_dead_letter: perhaps", "task_dead_letter: [a]", "task_dead_letter: {a: perhaps}",
        "swiftworker_dead_letter_reasons: [failed]", "swiftworker_dead_letter_reasons: [unregistred]",
        "swiftworker_dead_letter_queue_type: stream", "swiftworker_unregistered_returns: -1",
    ])
    func mistakesAreRefused(_ yaml: String) {
        #expect(throws: SettingsError.self) { try settings(yaml) }
    }

    @Test func aMisspeltReasonIsHelped() {
        #expect { try settings("swiftworker_dead_letter_reasons: [unregistred]") } throws: { error in
            "\(error)".contains("did you mean 'unregistered'?")
        }
    }

    @Test func reasonsAreAList() throws {
        let effective = try settings("swiftworker_dead_letter_reasons: [malformed, rejected]")
        #expect(effective.settings.deadLetterReasons == [.malformed, .rejected])
        #expect(try settings("swiftworker_dead_letter_reasons: []").settings.deadLetterReasons == [])
    }
}
