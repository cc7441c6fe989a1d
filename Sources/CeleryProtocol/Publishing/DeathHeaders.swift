public import BrokerModel

/// The headers in which a broker keeps book of a message's deaths and returns.
///
/// They belong to one passage of the message. A message that is published again must not carry them along: RabbitMQ
/// before 4.0.1 drops it silently when it takes the old `x-death` for a cycle (celery issue 9867), and an old
/// `x-delivery-count` would be read as failures that the new message has not had.
public enum DeathHeaders {
    /// Why, where and how often the message was dead-lettered, the latest first: an array of tables.
    public static let deaths = "x-death"
    /// How often a quorum queue got the message back as failed.
    public static let deliveryCount = "x-delivery-count"
    /// How often a quorum queue has handed the message out (RabbitMQ 4.3).
    public static let acquiredCount = "x-acquired-count"

    /// All of them. Celery strips the seven of dead-lettering alone.
    public static let names: Set<String> = [
        deaths, "x-first-death-exchange", "x-first-death-queue", "x-first-death-reason", "x-last-death-exchange",
        "x-last-death-queue", "x-last-death-reason", deliveryCount, acquiredCount,
    ]
}

extension FieldTable {
    /// The table without the broker's death headers; the others keep their order.
    public func withoutDeathHeaders() -> FieldTable {
        FieldTable(entries.filter { !DeathHeaders.names.contains($0.name) })
    }
}
