import BrokerModel
import CeleryProtocol

/// What becomes of a task that this worker does not know: another one may, for example a newer version during a
/// deployment. It is passed on a few times, each time after a delay, and then it has failed.
///
/// The count is in the message, so that it holds over all workers.
struct UnregisteredRule: Sendable, Hashable {
    static let header = "x-swiftworker-unregistered"

    /// How often a message is passed on.
    var limit = 5
    /// How long it waits each time, in whole seconds.
    var delay: Duration = .seconds(10)

    /// `passedOn`, or `unregistered` for a message that has been passed on often enough, or can't be delayed.
    func outcome(of message: IncomingMessage) -> Outcome {
        let count = max(0, message.properties.headers?[Self.header]?.integer ?? 0)
        let seconds = max(1, Int(clamping: delay.components.seconds))
        guard count < limit, var parked = ParkedMessage.message(parking: message, seconds: seconds) else {
            return .unregistered
        }
        var headers = parked.properties.headers ?? [:]
        headers[Self.header] = .integer(count + 1)
        parked.properties.headers = headers
        return .passedOn(parked)
    }
}
