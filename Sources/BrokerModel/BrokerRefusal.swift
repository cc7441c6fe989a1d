/// A broker's error that says whether it is worth publishing the same message once more.
public protocol BrokerRefusal: Error {
    /// Whether the broker would refuse the same message again, whatever happens to the connection.
    var isFinal: Bool { get }
}
