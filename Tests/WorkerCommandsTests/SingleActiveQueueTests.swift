import BrokerModel
import Foundation
import SwiftWorker
import Testing

@testable import WorkerCommands

@Suite struct SingleActiveQueueTests {
    private func plan(_ file: String) throws -> [QueueTopology] {
        var effective = EffectiveSettings()
        try effective.apply(file: try SettingsLayersTests.file(file))
        return try QueuePlan(settings: effective.settings, nodeName: "w@h").consumed
    }

    @Test func theOptionIsAnArgumentOnTheWire() throws {
        let queues = try plan(
            """
            task_queues:
              maintenance: {exchange: maintenance, single_active: true, max_priority: 3}
              other: {exchange: other, single_active: false}
            """
        )
        #expect(queues.map(\.isSingleActive) == [true, false])
        let arguments: FieldTable = ["x-single-active-consumer": .bool(true), "x-max-priority": .int32(3)]
        #expect(queues.first?.queue.arguments == arguments)
        // No argument at all: `false` would be another declaration than that of Python's producers.
        #expect(queues.last?.queue.arguments.isEmpty == true)
    }

    @Test func theRawArgumentMeansTheSame() throws {
        let queues = try plan("task_queues: {m: {queue_arguments: {x-single-active-consumer: true}}}")
        #expect(queues.map(\.isSingleActive) == [true])
    }

    @Test func aWrongValueHasItsPlace() throws {
        let error = try #require(throws: SettingsError.self) {
            try plan("task_queues:\n  m:\n    single_active: sometimes")
        }
        #expect(error.description.hasPrefix("w.yaml:3:20: task_queues.m.single_active: expected true or false"))
    }

    @Test func theConfigurationShowsIt() throws {
        let environment = ["SWIFTWORKER_TASK_QUEUES": "{m: {single_active: true}}"]
        let entries = try SettingsLayersTests.load(environment: environment).entries()
        let shown = entries.first { $0.definition.name == "task_queues" }?.value.yaml
        #expect(shown == "{m: {queue_arguments: {x-single-active-consumer: true}}}")
    }

    /// rabbitmq/definitions-maintenance.json makes the queue before any worker does: a word of difference, and the
    /// worker is refused.
    @Test func theShippedDefinitionIsWhatTheWorkerDeclares() throws {
        let folder = try packageFolder()
        let text = try String(contentsOfFile: folder + "/config/swiftworker.yaml", encoding: .utf8)
        let enabled = text.replacing(/# (single_active: true)/) { $0.output.1 }
        #expect(enabled != text)
        let worker = try #require(try plan(enabled).first { $0.queue.name == "maintenance" })

        let data = try Data(contentsOf: URL(filePath: folder + "/rabbitmq/definitions-maintenance.json"))
        let file = try JSONDecoder().decode(Definitions.self, from: data)
        let queue = try #require(file.queues.first)
        let exchange = try #require(file.exchanges.first)
        let binding = try #require(file.bindings.first)
        for count in [file.queues.count, file.exchanges.count, file.bindings.count] { #expect(count == 1) }
        let arguments = queue.arguments.map { FieldTable.Entry(name: $0.key, value: .bool($0.value)) }
        let type = try #require(ExchangeType(rawValue: exchange.type))
        let defined = QueueTopology(
            queue: QueueDeclaration(
                name: queue.name,
                isDurable: queue.durable,
                isAutoDelete: queue.auto_delete,
                arguments: FieldTable(arguments)
            ),
            exchange: ExchangeDeclaration(
                name: exchange.name,
                type: type,
                isDurable: exchange.durable,
                isAutoDelete: exchange.auto_delete
            ),
            routingKey: binding.routing_key
        )
        #expect(worker == defined)
        #expect(binding.source == exchange.name)
        #expect(binding.destination == queue.name)
    }

    private struct Definitions: Decodable {
        struct Queue: Decodable {
            var name: String
            var durable: Bool
            var auto_delete: Bool
            var arguments: [String: Bool]
        }
        struct Exchange: Decodable {
            var name: String
            var type: String
            var durable: Bool
            var auto_delete: Bool
        }
        struct Binding: Decodable {
            var source: String
            var destination: String
            var routing_key: String
        }
        var queues: [Queue]
        var exchanges: [Exchange]
        var bindings: [Binding]
    }
}
