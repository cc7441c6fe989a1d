import ArgumentParser
import BrokerModel
import CeleryProtocol
import SwiftWorker

/// Where a task's message goes.
struct RoutingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The queue.", valueName: "name"))
    var queue: String?

    @Option(help: ArgumentHelp("The exchange; it has to be there.", valueName: "name"))
    var exchange: String?

    @Option(help: ArgumentHelp("The routing key.", valueName: "key"))
    var routingKey: String?

    /// The way of a task's message, and the queue that has to be declared for it, if any (Celery reference, 1.9).
    ///
    /// - Throws: `SettingsError` for a queue that is not defined where none may be made.
    func route(of task: String, _ settings: Settings) throws -> (route: MessageRoute, queue: QueueTopology?) {
        let routed = RouteTable(settings: settings).route(of: task)
        let exchange = exchange ?? (queue == nil ? routed?.exchange : nil)
        let key = routingKey ?? (queue == nil && self.exchange == nil ? routed?.routingKey : nil)
        if let exchange, queue ?? routed?.queue == nil {
            return (MessageRoute(exchange: exchange, routingKey: key ?? settings.taskDefaultQueue), nil)
        }
        let name = queue ?? routed?.queue ?? settings.taskDefaultQueue
        let topology = try QueuePlan(settings: settings, selecting: [name], nodeName: "call").consumed[0]
        if let exchange, let key { return (MessageRoute(exchange: exchange, routingKey: key), topology) }
        var route = MessageRoute(topology)
        if !route.exchange.isEmpty, let key { route.routingKey = key }
        return (route, topology)
    }
}
