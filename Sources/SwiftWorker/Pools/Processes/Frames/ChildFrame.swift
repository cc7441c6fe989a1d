import BrokerModel
import CeleryProtocol

/// What a child sends on the channel for tasks.
enum ChildFrame: Sendable {
    /// It waits for its first task.
    case ready
    /// The body of that job has ended, its hooks included.
    case outcome(job: Int, Outcome)
    /// The body wants a state stored.
    case state(job: Int, name: String, meta: JSONFragment)
    /// The body publishes a task of that id.
    case publish(job: Int, id: String, OutgoingMessage)
    case log(LogLine)
    /// The body tells monitors something.
    case event(job: Int, type: String, fields: JSONFragment)

    private static let readyKind: UInt8 = 1
    private static let outcomeKind: UInt8 = 2
    private static let stateKind: UInt8 = 3
    private static let publishKind: UInt8 = 4
    private static let logKind: UInt8 = 5
    private static let eventKind: UInt8 = 6

    func write(to encoder: inout FrameEncoder) {
        switch self {
        case .ready: encoder.begin(Self.readyKind)
        case .outcome(let job, let outcome):
            encoder.begin(Self.outcomeKind)
            encoder.write(job)
            encoder.write(outcome)
        case .state(let job, let name, let meta):
            encoder.begin(Self.stateKind)
            encoder.write(job)
            encoder.write(name)
            encoder.write(meta.bytes)
        case .publish(let job, let id, let message):
            encoder.begin(Self.publishKind)
            encoder.write(job)
            encoder.write(id)
            encoder.write(message)
        case .log(let line):
            encoder.begin(Self.logKind)
            encoder.write(line)
        case .event(let job, let type, let fields):
            encoder.begin(Self.eventKind)
            encoder.write(job)
            encoder.write(type)
            encoder.write(fields.bytes)
        }
        encoder.end()
    }

    init(_ decoder: FrameDecoder) throws(FrameError) {
        var decoder = decoder
        let kind = try decoder.byte()
        switch kind {
        case Self.readyKind: self = .ready
        case Self.outcomeKind:
            let job = try decoder.integer()
            self = .outcome(job: job, try decoder.outcome())
        case Self.stateKind:
            let job = try decoder.integer()
            let name = try decoder.text()
            self = .state(job: job, name: name, meta: JSONFragment(bytes: try decoder.blob()))
        case Self.publishKind:
            let job = try decoder.integer()
            let id = try decoder.text()
            self = .publish(job: job, id: id, try decoder.outgoingMessage())
        case Self.eventKind:
            let job = try decoder.integer()
            let type = try decoder.text()
            self = .event(job: job, type: type, fields: JSONFragment(bytes: try decoder.blob()))
        case Self.logKind: self = .log(try decoder.logLine())
        default: throw FrameError("a frame of the unknown kind \(kind)")
        }
        try decoder.finish()
    }
}
