import SwiftWorker
import Testing

@testable import WorkerCommands

/// `task_retry_budget`, in the forms that it may have.
@Suite struct RetryBudgetSettingTests {
    private func budgets(_ text: String) throws -> [RetryBudgetSettings] {
        var effective = EffectiveSettings()
        try effective.apply(file: try SettingsLayersTests.file(text))
        return effective.settings.taskRetryBudget
    }

    @Test func aNumberIsForEveryType() throws {
        #expect(try budgets("task_retry_budget: 30") == [RetryBudgetSettings(retriesPerMinute: 30)])
        #expect(try budgets("task_retry_budget:") == [])
    }

    @Test func aMapIsByPatternInItsOrder() throws {
        let text = """
            task_retry_budget:
              video.*: 5
              mail.send: {retries_per_minute: 0, pause: 10, max_pause: 20}
              report.*: {retries_per_minute: 7, pause: 3600}
            """
        #expect(
            try budgets(text) == [
                RetryBudgetSettings(pattern: "video.*", retriesPerMinute: 5),
                RetryBudgetSettings(
                    pattern: "mail.send",
                    retriesPerMinute: 0,
                    pause: .seconds(10),
                    maximumPause: .seconds(20)
                ),
                RetryBudgetSettings(
                    pattern: "report.*",
                    retriesPerMinute: 7,
                    pause: .seconds(3600),
                    maximumPause: .seconds(3600)
                ),
            ]
        )
    }

    @Test func aVariableGivesANumber() throws {
        var effective = EffectiveSettings()
        try effective.set("task_retry_budget", to: ConfigurationNode(.text("12")))
        #expect(effective.settings.taskRetryBudget == [RetryBudgetSettings(retriesPerMinute: 12)])
    }

    @Test(arguments: [
        ("task_retry_budget: -1", "expected an integer from 0 to 1000000000, found -1"),
        ("task_retry_budget: [1]", "expected a number of retries per minute, or a map"),
        ("task_retry_budget: {a: much}", "task_retry_budget['a']: expected an integer"),
        ("task_retry_budget: {a: {retries: 1}}", "unknown key 'retries' in task_retry_budget['a']"),
        ("task_retry_budget: {a: {pause: 1}}", "task_retry_budget['a'] has no retries_per_minute"),
        (
            "task_retry_budget: {a: {retries_per_minute: 1, pause: 0}}",
            "task_retry_budget['a']: expected a pause of at least 1 second"
        ),
        (
            "task_retry_budget: {a: {retries_per_minute: 1, pause: 9, max_pause: 8}}",
            "and a max_pause that is not shorter"
        ),
    ])
    func mistakesAreTold(_ text: String, _ message: String) throws {
        let error = try #require(throws: SettingsError.self) { try budgets(text) }
        #expect(error.description.contains(message), "\(error)")
    }
}
