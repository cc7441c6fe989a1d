import BrokerModel
import CeleryProtocol

/// What becomes of a task that this worker does not know: another one may, for example a newer version during a
/// deployment. It is given back a few times with a delay, and then it is a dead letter.
///
/// The count is in the message, so that it holds over all workers.
struct UnregisteredRule: Sendable, Hashable {
    enum Verdict: Sendable {
        /// Publish this message into the delay queues, confirmed; then ack.
        case giveBack(OutgoingMessage)
        /// It has been given back often enough, or can't be parked.
        case deadLetter
    }

    static let header = "x-swiftworker-unregistered"

    /// How often a message is given back.
    var limit = 5
    /// How long it waits each time, in whole seconds.
    var delay: Duration = .seconds(10)

    func verdict(on message: IncomingMessage) -> Verdict {
        let count = max(0, message.properties.headers?[Self.header]?.integer ?? 0)
        let seconds = max(1, Int(clamping: delay.components.seconds))
        guard count < limit, var parked = ParkedMessage.message(parking: message, seconds: seconds) else {
            return .deadLetter
        }
        var headers = parked.properties.headers ?? [:]
        headers[Self.header] = .integer(count + 1)
        parked.properties.headers = headers
        return .giveBack(parked)
    }
}
