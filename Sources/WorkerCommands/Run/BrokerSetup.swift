import BrokerModel
import Logging
import SwiftWorker

/// Makes the broker from the settings.
enum BrokerSetup {
    static func make(_ settings: Settings, nodeName: String, logger: Logger) throws -> any Broker {
        throw WorkerError(.broker, "no broker client yet")
    }
}
