public import SwiftWorker

/// Why a worker's health can't be served.
public struct MonitoringError: Error, Sendable, CustomStringConvertible {
    public let address: HealthAddress
    public let reason: String

    public var description: String {
        """
        health and metrics can't be served on \(address): \(reason). Each worker of a machine needs an address of its own: \
        change swiftworker_health_address
        """
    }
}
