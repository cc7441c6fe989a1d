import BrokerModel
import SwiftWorker

/// Compares what a worker needs with what its broker is; pure.
struct BrokerReview: Sendable {
    let needs: BrokerNeeds
    let facts: BrokerFacts
    let user: String
    let virtualHost: String
    /// How `rabbitmqctl` is called, for the remedies.
    var control = RabbitMQControl(words: ["rabbitmqctl"])

    /// All that will go wrong, as far as it can be seen.
    var findings: [Finding] {
        var findings = version + declarations
        if let administration = facts.administration {
            findings += alarms(administration) + timeout(administration) + permissions(administration)
            findings += deadLettering(administration)
        }
        return findings
    }

    // MARK: The broker

    /// The oldest version that is tested.
    static let oldestVersion = BrokerVersion("3.10")

    private var version: [Finding] {
        guard facts.product == "RabbitMQ", facts.version < BrokerReview.oldestVersion else { return [] }
        return [
            Finding(
                kind: .oldVersion,
                problem: "The broker is RabbitMQ \(facts.version).",
                consequence:
                    "Before \(BrokerReview.oldestVersion) there are no delays in the broker, and nothing was tested.",
                remedy: "upgrade RabbitMQ."
            )
        ]
    }

    private func alarms(_ administration: BrokerFacts.Administration) -> [Finding] {
        administration.alarms.map { alarm in
            Finding(
                kind: .alarm,
                problem: "The broker has an alarm: \(alarm).",
                consequence: "It blocks everybody who publishes, so results, retries and producers wait.",
                remedy: "give the broker more \(alarm), or let the workers empty the queues."
            )
        }
    }

    private func timeout(_ administration: BrokerFacts.Administration) -> [Finding] {
        guard let timeout = administration.consumerTimeout, let task = needs.longestHold.task else { return [] }
        let hold = needs.longestHold
        if let duration = hold.duration, duration < timeout { return [] }
        let reason: String
        switch (hold.duration, hold.rounds) {
        case (let duration?, let rounds?) where rounds > 1:
            reason =
                "\(Self.text(duration)) (\(rounds) messages for each slot, and '\(task)' may run \(Self.text(duration / rounds)))"
        case (let duration?, _): reason = "\(Self.text(duration)) ('\(task)' may run so long)"
        case (nil, nil): reason = "without end (worker_prefetch_multiplier is 0)"
        case (nil, _): reason = "without end ('\(task)' has no hard time limit)"
        }
        let wanted = hold.duration.map { $0 + $0 / 4 }
        let milliseconds = wanted.map { String($0.components.seconds * 1000) }
        let remedy =
            milliseconds.map { "set 'consumer_timeout = \($0)' or more in rabbitmq.conf, or lower the limits." }
                ?? """
                set task_time_limit (and worker_prefetch_multiplier to 1), and a consumer_timeout above it in rabbitmq.conf.
                """
        return [
            Finding(
                kind: .consumerTimeout,
                problem: """
                    A message may stay unsettled \(reason), and the broker's consumer_timeout is \(Self.text(timeout)).
                    """,
                consequence: """
                    Then the broker closes the channel: all tasks that run are delivered again, to another worker too.
                    """,
                remedy: remedy
            )
        ]
    }

    static func text(_ duration: Duration) -> String {
        let seconds = Int(duration.components.seconds)
        if seconds >= 7200, seconds % 3600 == 0 { return "\(seconds / 3600) hours" }
        if seconds >= 120, seconds % 60 == 0 { return "\(seconds / 60) minutes" }
        return "\(seconds) s"
    }
}
