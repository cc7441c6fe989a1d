import BrokerModel
import SwiftWorker
import Testing

@testable import WorkerCommands

/// What `broker check` makes of what it sees.
@Suite struct BrokerReviewTests {
    private struct Quick: WorkerTask {
        static let name = "tasks.quick"
        struct Arguments: Decodable {}
        func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Int { 0 }
    }

    /// The needs of a worker of one queue.
    private func needs(
        _ queue: QueueDeclaration = QueueDeclaration(name: "work"),
        limit: Duration? = .seconds(3600),
        configure: (inout Settings) -> Void = { _ in }
    ) -> BrokerNeeds {
        var settings = Settings()
        settings.taskTimeLimit = limit
        settings.taskAcksLate = true
        settings.workerPrefetchMultiplier = 1
        configure(&settings)
        return BrokerNeeds(
            queues: [QueueTopology(queue: queue, exchange: ExchangeDeclaration(name: "work"), routingKey: "work")],
            settings: settings,
            tasks: TaskRegistry([Quick()]),
            nodeName: "celery@host"
        )
    }

    private let everything = BrokerFacts.Permissions(configure: ".*", write: ".*", read: ".*")

    /// A broker on which nothing will go wrong.
    private func administration(type: String = "classic") -> BrokerFacts.Administration {
        BrokerFacts.Administration(
            consumerTimeout: .seconds(7200),
            queues: [BrokerFacts.Queue(name: "work", type: type, policy: "swiftworker-work")],
            policies: [WantedPolicies.queue("work", type: type), WantedPolicies.deadLetterQueues],
            permissions: everything
        )
    }

    private func findings(
        _ needs: BrokerNeeds? = nil,
        version: String = "4.3.6",
        declarations: [BrokerFacts.DeclarationFact] = [],
        on administration: BrokerFacts.Administration?
    ) -> [Finding] {
        let facts = BrokerFacts(
            product: "RabbitMQ",
            version: BrokerVersion(version),
            declarations: declarations,
            administration: administration
        )
        return BrokerReview(needs: needs ?? self.needs(), facts: facts, user: "worker", virtualHost: "/").findings
    }

    @Test(arguments: ["3.10.8", "4.0.5", "4.3.6"], ["classic", "quorum"])
    func aBrokerThatIsAsItShouldBeHasNoProblem(version: String, type: String) {
        #expect(findings(version: version, on: administration(type: type)).isEmpty)
    }

    @Test func anOldVersionIsOne() {
        #expect(findings(version: "3.9.13", on: administration()).map(\.kind) == [.oldVersion])
    }

    @Test func anAlarmIsOne() {
        var broker = administration()
        broker.alarms = ["memory"]
        #expect(findings(on: broker).map(\.kind) == [.alarm])
    }

    // MARK: The timeout

    @Test(
        arguments: [
            (3600.0, 1, 7200, 0), (3600, 2, 7200, 1), (3600, 1, 3600, 1), (nil, 1, 7200, 1), (60, 0, 7200, 1),
        ] as [(Double?, Int, Int, Int)]
    )
    func aMessageIsHeldNoLongerThanTheBrokerBears(limit: Double?, multiplier: Int, timeout: Int, count: Int) {
        var broker = administration()
        broker.consumerTimeout = .seconds(timeout)
        let needs = needs(limit: limit.map { .seconds($0) }) { $0.workerPrefetchMultiplier = multiplier }
        #expect(findings(needs, on: broker).map(\.kind) == Array(repeating: .consumerTimeout, count: count))
    }

    @Test func aTimeoutThatIsOffIsNone() {
        var broker = administration()
        broker.consumerTimeout = nil
        #expect(findings(needs(limit: nil), on: broker).isEmpty)
    }

    @Test func earlyAcknowledgedTasksAreNotHeldWithoutPrefetch() {
        let needs = needs(limit: nil) {
            $0.taskAcksLate = false
            $0.workerDisablePrefetch = true
        }
        #expect(findings(needs, on: administration()).isEmpty)
    }

    // MARK: Dead letters

    @Test func withoutPolicyRejectedMessagesAreGone() {
        var broker = administration()
        broker.policies = [WantedPolicies.deadLetterQueues]
        broker.queues[0].policy = nil
        #expect(findings(on: broker).map(\.kind) == [.noDeadLettering])
    }

    @Test func aQueueThatIsNotThereYetIsJudgedByItsDeclaration() {
        var broker = administration()
        broker.queues = []
        #expect(findings(on: broker).isEmpty)
        broker.policies.removeFirst()
        #expect(findings(on: broker).map(\.subject) == ["work"])
    }

    @Test func aPolicyThatTheBrokerDoesNotApplyToAClassicQueueIsNamed() {
        var broker = administration()
        broker.policies[0] = WantedPolicies.queue("work", type: "quorum")
        broker.queues[0].policy = nil
        let found = findings(on: broker)
        #expect(found.map(\.kind) == [.noDeadLettering])
        #expect(found.first?.problem.contains("'swiftworker-work'") == true)
    }

    @Test func aPolicyHasTheQueuesNameAsKey() {
        var broker = administration()
        broker.policies[0].definition["dead-letter-routing-key"] = nil
        #expect(findings(on: broker).map(\.kind) == [.noDeadLettering])
        // Somebody else's exchange is somebody else's affair.
        broker.policies[0].definition["dead-letter-exchange"] = .text("mine")
        #expect(findings(on: broker).isEmpty)
    }

    @Test func aQuorumQueueOfAnOldBrokerNeedsALimit() {
        var broker = administration(type: "quorum")
        broker.policies[0].definition["delivery-limit"] = nil
        #expect(findings(version: "3.10.8", on: broker).map(\.kind) == [.noDeliveryLimit])
        #expect(findings(version: "4.3.6", on: broker).isEmpty)
    }

    @Test func aDeadLetterQueueHasNoLimitToSpeakOf() {
        var broker = administration()
        broker.policies.removeLast()
        #expect(findings(version: "4.3.6", on: broker).map(\.kind) == [.deadLetterDeliveryLimit])
        #expect(findings(version: "3.10.8", on: broker).isEmpty)
    }

    @Test func whoWantsNoDeadLettersHearsNothingOfThem() {
        var broker = administration(type: "quorum")
        broker.policies = []
        let needs = needs { $0.deadLetters = false }
        #expect(findings(needs, on: broker).isEmpty)
    }

    // MARK: Declarations and permissions

    @Test func whatExistsOtherwiseIsNamed() {
        let step = TopologyStep.queue(QueueDeclaration(name: "work"))
        let fact = BrokerFacts.DeclarationFact(step: step, answer: .refused(code: 406, text: "inequivalent arg"))
        var broker = administration(type: "quorum")
        broker.policies.append(WantedPolicies.queue("work", type: "quorum"))
        let found = findings(declarations: [fact], on: broker)
        #expect(found.map(\.kind) == [.differingDeclaration])
        #expect(found.first?.remedy.contains("relaxed_checks_on_redeclaration") == true)
        #expect(findings(declarations: [fact], on: nil).map(\.kind) == [.differingDeclaration])
    }

    @Test func aRefusedDeclarationIsOfPermissionsWhereNobodyCanBeAsked() {
        let step = TopologyStep.queue(QueueDeclaration(name: "work"))
        let fact = BrokerFacts.DeclarationFact(step: step, answer: .refused(code: 403, text: "access refused"))
        #expect(findings(declarations: [fact], on: nil).map(\.kind) == [.missingPermission])
        #expect(findings(declarations: [fact], on: administration()).isEmpty)
    }

    @Test func missingPermissionsAreNamed() {
        var broker = administration()
        broker.permissions = nil
        #expect(findings(on: broker).map(\.subject) == ["configure", "write", "read"])
        broker.permissions = everything
        broker.permissions?.write = "^work"
        let found = findings(on: broker)
        #expect(found.map(\.kind) == [.missingPermission])
        #expect(found.first?.problem.contains("amq.default") == true)
        // The empty expression finds nothing.
        broker.permissions = BrokerFacts.Permissions(configure: "", write: ".*", read: ".*")
        #expect(findings(on: broker).map(\.subject) == ["configure"])
    }

    // MARK: The report

    @Test func theReportSaysHowItWent() {
        func report(_ findings: [Finding], _ unseen: String?) -> BrokerReport {
            BrokerReport(broker: "RabbitMQ 4.3.6", endpoint: "amqp://", findings: findings, unseen: unseen)
        }
        let finding = Finding(kind: .alarm, problem: "p", consequence: "c", remedy: "r \"x\"")
        #expect(report([], nil).exitCode == 0)
        #expect(report([finding], nil).exitCode == 1)
        #expect(report([finding], "no").exitCode == 1)
        #expect(report([], "no").exitCode == 2)
        #expect(report([], nil).text == "RabbitMQ 4.3.6 at amqp://: nothing will go wrong")
        #expect(report([finding], nil).text.contains("1. p [alarm]\n   What will go wrong: c\n   How to mend it: r"))
        #expect(report([finding], nil).json.contains(#"{"kind": "alarm", "subject": null, "problem": "p""#))
    }
}
