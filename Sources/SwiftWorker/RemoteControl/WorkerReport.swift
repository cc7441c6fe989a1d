import JSON
import Platform

/// The reply to `report`: what whoever mends a fault wants to know; no secrets.
enum WorkerReport {
    static func text(_ configuration: WorkerConfiguration) -> String {
        let settings = configuration.effective?.entries().filter { $0.source != .builtIn } ?? []
        let lines = settings.map {
            "\($0.definition.name): \(String(decoding: $0.value.jsonValue.serialized(), as: UTF8.self))"
        }
        return """

            software -> celery:\(configuration.celeryVersion) (protocol) swiftworker:\(configuration.version)
                        node:\(configuration.nodeName) pid:\(configuration.processID)
            platform -> system:\(ThisProcess.platform)
                        cpus:\(configuration.processorCount)
            settings -> transport:amqp pool:\(configuration.settings.workerPool.rawValue) \
            concurrency:\(configuration.concurrency) tasks:\(configuration.tasks.names.count)

            \(lines.joined(separator: "\n"))
            """
    }
}
