import BrokerModel
import JSON
import OrderedCollections
import Testing

@testable import Monitoring
@testable import SwiftWorker

struct HealthAnswersTests {
    private func answers(_ events: [WorkerHealth.Event]) -> HealthAnswers {
        var health = WorkerHealth(hasControlStore: false, at: .now)
        for event in events { health.take(event, at: .now) }
        return HealthAnswers(health: { [health] in health }, metrics: { "up 1\n" })
    }

    private var well: [WorkerHealth.Event] {
        [
            .link(.consumer, .connected(endpoint: "memory")), .link(.publisher, .connected(endpoint: "memory")),
            .link(.consumer, .consuming(queues: ["a"])), .answered(.consumer, failure: nil),
            .answered(.publisher, failure: nil), .answered(.results, failure: nil), .beat(slots: 1, poolStill: .zero),
        ]
    }

    @Test func aWorkerThatIsWellSaysYes() throws {
        let answers = answers(well)
        let readiness = try #require(answers.answer(to: "/readyz"))
        #expect(readiness.status == 200)
        let body = try JSONValue(parsing: Array(readiness.body.utf8))
        #expect(body["ready"] == true)
        #expect(body["checks"]?["consumers"] == ["ok": true])
        #expect(answers.answer(to: "/livez")?.body == "{\"alive\": true}\n")
        #expect(answers.answer(to: "/startupz")?.status == 200)
        #expect(answers.answer(to: "/metrics")?.contentType == "text/plain; version=0.0.4; charset=utf-8")
    }

    @Test func aWorkerThatIsNotSaysWhy() throws {
        let answers = answers(well + [.answered(.results, failure: String(repeating: "x", count: 10_000))])
        let readiness = try #require(answers.answer(to: "/readyz"))
        #expect(readiness.status == 503)
        #expect(readiness.body.utf8.count < 2000)
        let body = try JSONValue(parsing: Array(readiness.body.utf8))
        #expect(body["ready"] == false)
        #expect(body["checks"]?["result_backend"]?["ok"] == false)
        #expect(answers.answer(to: "/livez")?.status == 200)
    }

    @Test func aNewWorkerIsAliveAndHasNotStarted() {
        let answers = answers([])
        #expect(answers.answer(to: "/livez")?.status == 200)
        #expect(answers.answer(to: "/startupz")?.status == 503)
        #expect(answers.answer(to: "/readyz")?.status == 503)
    }

    @Test(arguments: ["/", "", "/healthz", "/readyz/", "/../etc/passwd"])
    func thereIsNothingElse(_ path: String) {
        #expect(answers(well).answer(to: path) == nil)
    }
}
