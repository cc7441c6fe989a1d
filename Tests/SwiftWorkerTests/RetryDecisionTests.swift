import CeleryProtocol
import JSON
import OrderedCollections
import Testing

@testable import SwiftWorker

/// What follows on a body that threw (reference, 3.8).
@Suite struct RetryDecisionTests {
    private struct NetworkError: Error {}
    private struct NotFound: Error {}

    private let now = Instant(secondsSince1970: 1_800_000_000)

    private func decide(_ error: any Error, _ policy: TaskRetryPolicy, retries: Int = 0) -> RetryDecision {
        let run = RetryDecision.Run(task: "t", id: "i", retries: retries, argsRepr: "(1, 2)", kwargsRepr: "{'z': 3}")
        var generator = SeededGenerator(seed: 1)
        return RetryDecision.decide(on: error, in: run, by: policy, now: now, using: &generator)
    }

    /// A decision in a word: when the next run is and its number, or what the task fails with.
    private func verdict(_ error: any Error, _ policy: TaskRetryPolicy = TaskRetryPolicy(), retries: Int = 0) -> String
    {
        switch decide(error, policy, retries: retries) {
        case .retry(let plan): "\(plan.retries) \(plan.summary)"
        case .fail(let error): "fail \(PythonException(error).repr)"
        }
    }

    @Test(
        "a body's wish",
        arguments: [
            (RetryRequest(), "1 Retry in 180s"),
            (RetryRequest(cause: PythonException.keyError("boo")), "1 Retry in 180s: KeyError('boo')"),
            (RetryRequest(.after(.seconds(10))), "1 Retry in 10s"),
            (RetryRequest(.after(.milliseconds(500))), "1 Retry in 0.5s"),
            (RetryRequest(.after(.zero)), "1 Retry in 0s"),
            (
                RetryRequest(.at(Instant(secondsSince1970: 1_893_553_445.000_006))),
                "1 Retry at 2030-01-02 03:04:05.000006+00:00"
            ),
        ]
    )
    func wishes(_ request: RetryRequest, _ expected: String) {
        #expect(verdict(request) == expected)
    }

    @Test("the ETA is the wish's, and none for now")
    func etas() throws {
        func eta(_ request: RetryRequest) throws -> Instant? {
            guard case .retry(let plan) = decide(request, TaskRetryPolicy()) else {
                Issue.record("no retry")
                return nil
            }
            return plan.changes.eta
        }
        #expect(try eta(RetryRequest()) == now + .seconds(180))
        #expect(try eta(RetryRequest(.after(.seconds(10)))) == now + .seconds(10))
        #expect(try eta(RetryRequest(.after(.zero))) == nil)
        #expect(try eta(RetryRequest(.after(.seconds(-5)))) == nil)
        #expect(try eta(RetryRequest(.at(now - .seconds(5)))) == now - .seconds(5))
    }

    @Test("overrides reach the message")
    func overrides() throws {
        let request = RetryRequest(
            .after(.zero),
            arguments: [1],
            keywordArguments: ["k": 2],
            queue: "other",
            priority: 7,
            expiresIn: .seconds(60),
            timeLimit: .seconds(9),
            softTimeLimit: .milliseconds(8500)
        )
        guard case .retry(let plan) = decide(request, TaskRetryPolicy()) else {
            Issue.record("no retry")
            return
        }
        let expected = RetryChanges(
            args: [1],
            kwargs: ["k": 2],
            expires: now + .seconds(60),
            route: MessageRoute(queue: "other"),
            priority: 7,
            timeLimit: 9,
            softTimeLimit: 8.5
        )
        #expect(plan.changes == expected)
    }

    @Test(
        "wishes end with the limit",
        arguments: [
            (0, 3, nil, nil, "1 Retry in 180s"),
            (2, 3, nil, nil, "3 Retry in 180s"),
            (3, 3, nil, nil, "fail MaxRetriesExceededError(\"Can't retry t[i] args:(1, 2) kwargs:{'z': 3}\")"),
            (3, 3, nil, "boo", "fail KeyError('boo')"),
            (0, 0, nil, "boo", "fail KeyError('boo')"),
            (0, 3, 0, "boo", "fail KeyError('boo')"),
            (8, 3, 9, "boo", "9 Retry in 180s: KeyError('boo')"),
            (1_000_000, nil, nil, nil, "1000001 Retry in 180s"),
            (1_000_000, nil, 5, "boo", "fail KeyError('boo')"),
            (Int.max, nil, nil, nil, "9223372036854775807 Retry in 180s"),
        ] as [(Int, Int?, Int?, String?, String)]
    )
    func limits(_ retries: Int, _ limit: Int?, _ override: Int?, _ cause: String?, _ expected: String) {
        let request = RetryRequest(cause: cause.map { PythonException.keyError($0) }, maxRetries: override)
        #expect(verdict(request, TaskRetryPolicy(maxRetries: limit), retries: retries) == expected)
    }

    @Test("the arguments in the error are those of the next run")
    func exceededArguments() {
        let request = RetryRequest(arguments: [7, "ä"], keywordArguments: ["k": .null], maxRetries: 0)
        #expect(
            verdict(request) == "fail MaxRetriesExceededError(\"Can't retry t[i] args:(7, 'ä') kwargs:{'k': None}\")"
        )
    }

    @Test("errors are retried by type or Python class, and never those excepted")
    func automatic() {
        let policy = TaskRetryPolicy().retry(on: NetworkError.self).retry(onPython: "OSError").dontRetry(
            on: NotFound.self
        )
        #expect(verdict(NetworkError(), policy).hasPrefix("1 Retry in 180s: NetworkError"))
        #expect(verdict(NotFound(), policy).hasPrefix("fail"))
        #expect(verdict(PythonException.connectionError("x"), policy) == "1 Retry in 180s: ConnectionError('x')")
        #expect(verdict(PythonException.valueError("x"), policy) == "fail ValueError('x')")
        #expect(verdict(NetworkError(), policy, retries: 3).hasPrefix("fail NetworkError"))
        #expect(verdict(NetworkError(), TaskRetryPolicy()).hasPrefix("fail NetworkError"))

        let any = TaskRetryPolicy(retriedErrors: .any).dontRetry(onPython: "LookupError")
        #expect(verdict(NotFound(), any).hasPrefix("1 Retry"))
        #expect(verdict(PythonException.keyError("x"), any) == "fail KeyError('x')")
        #expect(verdict(PythonException.softTimeLimitExceeded, any).hasPrefix("1 Retry"))
    }

    @Test("a wish is followed although its cause is excepted, and a body's other words are not for retrying")
    func precedence() {
        let policy = TaskRetryPolicy(retriedErrors: .any).dontRetry(onPython: "Exception")
        #expect(verdict(RetryRequest(), policy) == "1 Retry in 180s")
        let any = TaskRetryPolicy(retriedErrors: .any)
        #expect(verdict(TaskControl.ignore, any).hasPrefix("fail"))
        #expect(verdict(TaskControl.reject(reason: "no", requeue: true), any).hasPrefix("fail"))
    }

    @Test("automatic retries follow the backoff, wishes do not")
    func backoff() {
        let backoff = RetryBackoff(factor: 2, hasJitter: false)
        let policy = TaskRetryPolicy(maxRetries: nil, backoff: backoff, retriedErrors: .any)
        #expect(verdict(PythonException.valueError("x"), policy, retries: 3) == "4 Retry in 16s: ValueError('x')")
        #expect(verdict(RetryRequest(), policy, retries: 3) == "4 Retry in 180s")
    }

    @Test("a paused type puts its retries off")
    func postponed() {
        guard case .retry(var plan) = decide(RetryRequest(.after(.seconds(10))), TaskRetryPolicy()) else {
            Issue.record("no retry")
            return
        }
        plan.postpone(atLeast: .seconds(5), now: now)
        #expect(plan.changes.eta == now + .seconds(10))
        plan.postpone(atLeast: .seconds(60), now: now)
        #expect(plan.changes.eta == now + .seconds(60))
        guard case .retry(var now) = decide(RetryRequest(.after(.zero)), TaskRetryPolicy()) else {
            Issue.record("no retry")
            return
        }
        now.postpone(atLeast: .zero, now: self.now)
        #expect(now.changes.eta == nil)
    }
}

/// Waits between retries; the table is what Celery's `get_exponential_backoff_interval` gives.
@Suite struct RetryBackoffTests {
    @Test(arguments: [
        (1, 0, 600, 1), (1, 1, 600, 2), (1, 2, 600, 4), (1, 3, 600, 8), (1, 8, 600, 256), (1, 9, 600, 512),
        (1, 10, 600, 600), (1, 40, 600, 600), (1, 200, 600, 600), (2, 0, 600, 2), (2, 3, 600, 16), (2, 9, 600, 600),
        (3, 1, 600, 6), (3, 1, 5, 5), (3, 0, 0, 0), (1, 0, 0, 0),
    ])
    func doubles(_ factor: Int, _ retries: Int, _ maximum: Int, _ expected: Int) {
        let backoff = RetryBackoff(factor: factor, maximum: .seconds(maximum), hasJitter: false)
        var generator = SeededGenerator(seed: 1)
        #expect(backoff.delay(retries: retries, using: &generator) == .seconds(expected))
    }

    @Test func extremesDoNotTrap() {
        var generator = SeededGenerator(seed: 1)
        for hasJitter in [true, false] {
            for factor in [Int.min, -1, 0, .max] {
                for retries in [Int.min, -1, 62, 63, 64, .max] {
                    for maximum in [Duration.seconds(-5), .zero, .milliseconds(900), .seconds(Int64.max)] {
                        let backoff = RetryBackoff(factor: factor, maximum: maximum, hasJitter: hasJitter)
                        let delay = backoff.delay(retries: retries, using: &generator)
                        #expect(delay >= .zero && (delay == .zero || delay <= maximum))
                    }
                }
            }
        }
    }

    @Test func jitterTakesEveryWholeSecondUpToTheWait() {
        let backoff = RetryBackoff(factor: 1)
        var generator = SeededGenerator(seed: 7)
        let waits = (0..<2_000).map { _ in backoff.delay(retries: 2, using: &generator) }
        #expect(Set(waits) == Set((0...4).map { .seconds($0) }))
        let mean = waits.reduce(Duration.zero, +) / 2_000
        #expect(mean > .milliseconds(1_900) && mean < .milliseconds(2_100))
    }
}
