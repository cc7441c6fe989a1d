import AMQP
import BrokerModel
import Logging
import SwiftWorker

/// Makes the broker from the settings.
enum BrokerSetup {
    /// - Parameter maxMessageBytes: larger messages are refused; `nil` is as the settings say.
    /// - Throws: `SettingsError` for a URL that can't be used; it names the setting, never the URL.
    static func make(
        _ effective: EffectiveSettings,
        nodeName: String,
        logger: Logger,
        maxMessageBytes: Int? = nil
    ) throws(SettingsError) -> any Broker {
        var read = try connection(effective, effective.settings.brokerReadURL, "broker_read_url", nodeName)
        if let maxMessageBytes { read.maxMessageBytes = maxMessageBytes }
        return RabbitMQBroker(
            read: read,
            write: try connection(effective, effective.settings.brokerWriteURL, "broker_write_url", nodeName),
            logger: logger
        )
    }

    /// Where messages are taken from first.
    static func endpoint(_ effective: EffectiveSettings) throws(SettingsError) -> Endpoint {
        let read = try connection(effective, effective.settings.brokerReadURL, "broker_read_url", "")
        guard let endpoint = read.endpoints.first else {
            throw SettingsError(.invalidValue, "broker_url: no broker is set")
        }
        return endpoint
    }

    private static func connection(
        _ effective: EffectiveSettings,
        _ special: String?,
        _ specialName: String,
        _ nodeName: String
    ) throws(SettingsError) -> ConnectionConfiguration {
        let settings = effective.settings
        let name = special == nil ? "broker_url" : specialName
        do {
            return ConnectionConfiguration(
                endpoints: try endpoints(special ?? settings.brokerURL, usesTLS: settings.brokerUseSSL != nil),
                connectTimeout: settings.brokerConnectionTimeout,
                heartbeat: settings.brokerHeartbeat,
                tls: tls(settings.brokerUseSSL ?? TLSSettings()),
                retry: RetryPolicy(
                    isEnabled: settings.brokerConnectionRetry,
                    onStartup: settings.brokerConnectionRetryOnStartup ?? settings.brokerConnectionRetry,
                    limit: settings.brokerConnectionMaxRetries
                ),
                failover: settings.brokerFailoverStrategy == .shuffle ? .shuffle : .roundRobin,
                connectionName: nodeName,
                maxMessageBytes: settings.messageMaxBytes
            )
        } catch {
            throw SettingsError(.invalidValue, "\(name): \(error.message)", source: effective.source(of: name))
        }
    }

    /// With `broker_use_ssl`, `amqp://` is TLS too, at its own port unless the URL names one.
    private static func endpoints(_ url: String, usesTLS: Bool) throws(AMQPError) -> [Endpoint] {
        var endpoints = try Endpoint.parse(list: url)
        guard usesTLS else { return endpoints }
        for index in endpoints.indices where !endpoints[index].isTLS {
            endpoints[index].isTLS = true
            if endpoints[index].port == 5672, !url.contains(":5672") { endpoints[index].port = 5671 }
        }
        return endpoints
    }

    private static func tls(_ settings: TLSSettings) -> TLSOptions {
        TLSOptions(
            caFile: settings.caCertificates,
            certFile: settings.certificate,
            keyFile: settings.key,
            verifiesPeer: settings.verifiesPeer,
            verifiesHostName: settings.verifiesHostName
        )
    }
}
