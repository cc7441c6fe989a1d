import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections
import PoolTasks
import Testing

@testable import SwiftWorker

/// Retries as every pool has to report them; the rest of the conformance suite is in `PoolConformanceTests`.
@Suite(.timeLimit(.minutes(2)))
struct PoolRetryTests {
    private typealias Kind = PoolConformanceTests.Kind
    static let kinds = PoolConformanceTests.kinds

    /// Runs one task to its end.
    private func outcome(
        _ kind: PoolConformanceTests.Kind,
        _ arguments: JSONObject,
        retries: Int32 = 0,
        soft: Double? = nil
    ) async throws -> (outcome: Outcome, hooks: [String]) {
        let harness = try kind.make()
        try await harness.run {
            try harness.submit(["t"], of: TryAgain(), arguments, limits: (nil, soft)) {
                $0.headers?["retries"] = .int32(retries)
            }
            try await eventually("the end") { harness.ends.ids == ["t"] }
        }
        #expect(harness.ends.outcomes.count == 1)
        return (try #require(harness.ends.outcomes.first), harness.log.all)
    }

    private func plan(_ outcome: Outcome) throws -> RetryPlan {
        guard case .retried(let plan) = outcome else {
            Issue.record("\(outcome)")
            throw CancellationError()
        }
        return plan
    }

    @Test(arguments: kinds) func aWishComesBackAsAPlan(_ kind: PoolConformanceTests.Kind) async throws {
        let (outcome, hooks) = try await outcome(kind, ["times": 5], retries: 1)
        let plan = try plan(outcome)
        #expect(plan.retries == 2 && plan.changes == RetryChanges())
        #expect(plan.summary == "Retry in 0s: ValueError('not yet')")
        #expect(hooks == ["info: onRetry 2 ValueError('not yet') 5"])
    }

    @Test(arguments: kinds) func aWishComesBackWithAllThatItChanges(_ kind: PoolConformanceTests.Kind) async throws {
        let before = WorkerClock.system.wall()
        let plan = try plan(try await outcome(kind, ["times": 1, "way": "elsewhere"]).outcome)
        let (eta, expires) = (try #require(plan.changes.eta), try #require(plan.changes.expires))
        #expect(expires - eta == .seconds(70))
        #expect(eta >= before + .seconds(20) && eta < before + .seconds(120))
        var rest = plan.changes
        (rest.eta, rest.expires) = (nil, nil)
        let expected = RetryChanges(
            kwargs: ["times": 0, "way": "error"],
            route: MessageRoute(queue: "elsewhere"),
            priority: 7,
            timeLimit: 60
        )
        #expect(rest == expected)
    }

    @Test(arguments: kinds) func thePolicyDecidesOnErrors(_ kind: PoolConformanceTests.Kind) async throws {
        let (outcome, hooks) = try await outcome(kind, ["times": 5, "way": "error"])
        #expect(try plan(outcome).cause?.type == "Failure")
        #expect(hooks == ["info: onRetry 1 Failure('not yet') 5"])
    }

    @Test(arguments: kinds) func aSoftLimitIsAnErrorLikeOthers(_ kind: PoolConformanceTests.Kind) async throws {
        let (outcome, hooks) = try await outcome(kind, ["times": 5, "way": "softLimit"], soft: 0.05)
        #expect(try plan(outcome).cause == .softTimeLimitExceeded)
        // The body is cancelled, its hook is not.
        #expect(hooks.contains("info: onRetry 1 SoftTimeLimitExceeded() 5"))
    }

    @Test(arguments: kinds) func theLimitEndsIt(_ kind: PoolConformanceTests.Kind) async throws {
        let (outcome, hooks) = try await outcome(kind, ["times": 5], retries: 3)
        guard case .failure(let exception) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(exception.repr == "ValueError('not yet')")
        #expect(hooks == ["info: onFailure ValueError('not yet')", "info: afterReturn"])
    }

    @Test func aProcessThatDiesInTheHookHasNotRetried() async throws {
        let (outcome, _) = try await outcome(Kind(kind: .prefork, capacity: 1), ["times": 1, "dies": true])
        guard case .lost(let loss) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(loss.cause == .exit(7))
    }
}
