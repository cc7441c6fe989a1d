import AMQP
import ArgumentParser
import BrokerModel
import SwiftWorker

/// `swiftworker broker check`.
struct CheckBroker: BrokerSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Says what will go wrong with this broker, and how to mend it.",
        discussion: """
            It looks at the version, at what is declared and how, and through rabbitmqctl at policies, permissions, alarms \
            and consumer_timeout. It changes nothing.

            Exit codes: 0 nothing will go wrong, 1 something will, 2 not everything could be looked at.
            """
    )

    static let brokenOff = BrokerTool.unseen

    @OptionGroup(title: "Broker Options") var broker: BrokerOptions

    @Flag(help: "Prints one JSON object.")
    var json = false

    @OptionGroup(title: "Global Options") var global: GlobalOptions

    func run(at desk: BrokerDesk) async throws -> Int32 {
        let properties = desk.session.serverProperties
        var facts = BrokerFacts(
            product: properties["product"]?.string ?? "",
            version: BrokerVersion(properties["version"]?.string ?? ""),
            declarations: try await TopologyProbe.probe(desk.needs.steps, desk.session)
        )
        var unseen: String?
        do {
            let (control, timeout) = try await desk.administrator()
            facts.administration = try await control.administration(
                virtualHost: desk.endpoint.virtualHost,
                user: desk.endpoint.user,
                consumerTimeout: timeout
            )
        } catch {
            unseen = "\(error)"
        }
        let review = BrokerReview(
            needs: desk.needs,
            facts: facts,
            user: desk.endpoint.user,
            virtualHost: desk.endpoint.virtualHost,
            control: desk.control
        )
        let report = BrokerReport(
            broker: "\(facts.product) \(facts.version)",
            endpoint: desk.endpoint.description,
            findings: review.findings,
            unseen: unseen
        )
        desk.console.print(json ? report.json : report.text)
        return report.exitCode
    }
}
