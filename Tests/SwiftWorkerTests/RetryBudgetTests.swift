import Testing

@testable import SwiftWorker

/// The cap on retries per type and minute, and the pause behind it.
@Suite struct RetryBudgetTests {
    private let start = ContinuousClock.now

    private func budget(_ limit: Int = 3) -> RetryBudget {
        RetryBudget(
            [RetryBudgetSettings(retriesPerMinute: limit, pause: .seconds(10), maximumPause: .seconds(35))],
            now: start
        )
    }

    private func at(_ seconds: Double) -> ContinuousClock.Instant { start + .milliseconds(Int(seconds * 1000)) }

    @Test func pausesPastTheCap() {
        var budget = budget()
        for second in [0.0, 20, 40] { #expect(budget.retry("t", at: at(second)) == .within) }
        #expect(budget.pause(of: "t", at: at(41)) == nil)
        #expect(budget.retry("t", at: at(41)) == .tripped(for: .seconds(10)))
        #expect(budget.retry("t", at: at(45)) == .paused(for: .seconds(6)))
        #expect(budget.pause(of: "t", at: at(45)) == .seconds(6))
        #expect(budget.pause(of: "t", at: at(51)) == nil)
    }

    @Test func forgetsAfterAMinute() {
        var budget = budget()
        for second in 0..<100 {
            #expect(budget.retry("t", at: at(Double(second) * 25)) == .within)
        }
        for _ in 0..<3 { #expect(budget.retry("t", at: at(5_000)) == .within) }
        #expect(budget.retry("t", at: at(5_059)) == .tripped(for: .seconds(10)))
    }

    @Test func typesCountApart() {
        var budget = budget(1)
        #expect(budget.retry("a", at: at(0)) == .within)
        #expect(budget.retry("b", at: at(0)) == .within)
        #expect(budget.retry("b", at: at(1)) == .tripped(for: .seconds(10)))
        #expect(budget.retry("a", at: at(59.5)) == .tripped(for: .seconds(10)))
        #expect(budget.paused(at: at(5)).map(\.task) == ["a", "b"])
        #expect(budget.paused(at: at(12)).map(\.task) == ["a"])
    }

    @Test func theFirstPatternThatFitsIsATypesBudgetAndOthersHaveNone() {
        var budget = RetryBudget(
            [
                RetryBudgetSettings(pattern: "video.cut", retriesPerMinute: 0, pause: .seconds(5)),
                RetryBudgetSettings(pattern: "video.*", retriesPerMinute: 1, pause: .seconds(10)),
            ],
            now: start
        )
        #expect(budget.retry("video.cut", at: at(0)) == .tripped(for: .seconds(5)))
        #expect(budget.retry("video.mix", at: at(0)) == .within)
        #expect(budget.retry("video.mix", at: at(0)) == .tripped(for: .seconds(10)))
        for _ in 0..<100 { #expect(budget.retry("mail.send", at: at(0)) == .within) }
    }

    @Test func aTrialThatFailsPausesTwiceAsLong() {
        var budget = budget(0)
        var time = 0.0
        for pause in [10, 20, 35, 35] {
            #expect(budget.retry("t", at: at(time)) == .tripped(for: .seconds(pause)))
            time += Double(pause)
        }
    }

    @Test func aTrialThatSucceedsEndsIt() {
        var budget = budget(1)
        _ = budget.retry("t", at: at(0))
        #expect(budget.retry("t", at: at(1)) == .tripped(for: .seconds(10)))
        // What still ran when the pause began proves nothing.
        #expect(budget.success("t", at: at(5)) == false)
        #expect(budget.pause(of: "t", at: at(5)) == .seconds(6))
        #expect(budget.success("t", at: at(11)) == true)
        #expect(budget.success("t", at: at(11)) == false)
        #expect(budget.retry("t", at: at(12)) == .within)
        #expect(budget.retry("t", at: at(13)) == .tripped(for: .seconds(10)))
    }

    @Test func anOperatorEndsIt() {
        var budget = budget(0)
        _ = budget.retry("t", at: at(0))
        _ = budget.retry("u", at: at(0))
        #expect(budget.resume(matching: "t*", at: at(1)) == ["t"])
        #expect(budget.pause(of: "t", at: at(1)) == nil && budget.pause(of: "u", at: at(1)) != nil)
        #expect(budget.resume(matching: "t*", at: at(1)) == [])
    }

    @Test func aTimeBeforeTheBeginningDoesNotTrap() {
        var budget = budget(1)
        #expect(budget.retry("t", at: at(-100)) == .within)
        #expect(budget.retry("t", at: at(-200)) == .tripped(for: .seconds(10)))
    }
}
