import Testing

@testable import AMQP

@Suite struct BackoffTests {
    private func expect(_ backoff: inout Backoff, _ random: Double, _ expected: Backoff.Step) {
        let step = backoff.failed(random: random)
        #expect(step == expected)
    }

    private func expectRetry(_ backoff: inout Backoff) {
        let step = backoff.failed(random: 1)
        #expect(step != .giveUp)
    }

    @Test func boundDoublesToTheMaximum() {
        var backoff = Backoff(policy: RetryPolicy(limit: nil))
        backoff.connected()
        let steps = (0..<7).map { _ in backoff.failed(random: 1) }
        #expect(steps == [2, 4, 8, 8, 8, 8, 8].map { .retry(after: .seconds($0)) })
    }

    @Test func jitterStartsAtTheMinimum() {
        var backoff = Backoff(policy: RetryPolicy(limit: nil))
        backoff.connected()
        expect(&backoff, 0, .retry(after: .milliseconds(200)))
        expect(&backoff, 0.5, .retry(after: .milliseconds(2100)))
    }

    @Test func givesUpPastTheLimitAndForgetsFailuresOnSuccess() {
        var backoff = Backoff(policy: RetryPolicy(limit: 2))
        for _ in 0..<2 {
            expectRetry(&backoff)
            expectRetry(&backoff)
            expect(&backoff, 0, .giveUp)
            backoff.succeeded()
        }
    }

    @Test func startupIsTriedOnceWhenSoSet() {
        var backoff = Backoff(policy: RetryPolicy(onStartup: false))
        expect(&backoff, 0, .giveUp)
        backoff.succeeded()
        backoff.connected()
        expect(&backoff, 0, .retry(after: .milliseconds(200)))
    }

    @Test func disabledNeverRetries() {
        var backoff = Backoff(policy: RetryPolicy(isEnabled: false))
        backoff.connected()
        expect(&backoff, 0, .giveUp)
    }

    @Test func manyFailuresDoNotOverflow() {
        var backoff = Backoff(policy: RetryPolicy(limit: nil))
        for _ in 0..<10_000 { expectRetry(&backoff) }
    }
}
