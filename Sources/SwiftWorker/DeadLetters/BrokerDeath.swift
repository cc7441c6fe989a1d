import BrokerModel
import CeleryProtocol

/// What a broker notes in `x-death` when it dead-letters a message.
struct BrokerDeath {
    let reason: DeadLetterReason
    let queue: String?
    let time: Instant?

    /// Reads the latest death; `nil` when there is none. Deaths in the delay queues are how a delay works, and no deaths.
    init?(_ headers: FieldTable) {
        guard case .array(let deaths) = headers[DeathHeaders.deaths] else { return nil }
        for case .table(let death) in deaths {
            let queue = death["queue"]?.string
            if let queue, DelayTopology.isDelayed(queue) { continue }
            reason = death["reason"]?.string.map { DeadLetterReason(rawValue: $0) } ?? .unknown
            self.queue = queue
            if case .timestamp(let seconds) = death["time"] {
                time = Instant(secondsSince1970: Double(seconds))
            } else {
                time = nil
            }
            return
        }
        return nil
    }
}
