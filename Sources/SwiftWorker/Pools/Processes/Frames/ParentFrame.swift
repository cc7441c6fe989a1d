import BrokerModel
import Logging

/// What a parent sends on the channel for tasks. That it ends tells the child to go.
enum ParentFrame: Sendable {
    /// Comes first: all that a child needs to know.
    case hello(ChildSettings)
    /// Run this; the next comes only after the outcome.
    case run(job: Int, IncomingMessage)

    /// Both sides are the same program, unless somebody mixes them up.
    static let version: UInt16 = 2

    private static let helloKind: UInt8 = 1
    private static let runKind: UInt8 = 2

    func write(to encoder: inout FrameEncoder) {
        switch self {
        case .hello(let settings):
            encoder.begin(Self.helloKind)
            encoder.write(Self.version)
            encoder.write(settings)
        case .run(let job, let message):
            encoder.begin(Self.runKind)
            encoder.write(job)
            encoder.write(message)
        }
        encoder.end()
    }

    init(_ decoder: FrameDecoder) throws(FrameError) {
        var decoder = decoder
        let kind = try decoder.byte()
        switch kind {
        case Self.helloKind:
            let version = try decoder.number(UInt16.self)
            guard version == Self.version else {
                throw FrameError("a hello of version \(version), where \(Self.version) is spoken")
            }
            self = .hello(try decoder.childSettings())
        case Self.runKind:
            let job = try decoder.integer()
            self = .run(job: job, try decoder.incomingMessage())
        default: throw FrameError("a frame of the unknown kind \(kind)")
        }
        try decoder.finish()
    }
}

/// What a child has to know of its worker. It reads no configuration of its own, and has no connection.
struct ChildSettings: Sendable, Hashable {
    /// The worker's node name.
    var hostname: String
    var acceptContent: [String]
    var messageMaxBytes: Int
    var logLevel: Logger.Level
    /// For tasks that a body publishes.
    var defaultQueue: String
    var routes: [RouteSettings]

    /// The longest frame in either direction: the largest body, and room for what goes with it.
    var frameLimit: Int { messageMaxBytes + FrameLimits.slack }

    /// The settings, as far as a child has them.
    var settings: Settings {
        var settings = Settings()
        settings.acceptContent = acceptContent
        settings.messageMaxBytes = messageMaxBytes
        settings.taskDefaultQueue = defaultQueue
        settings.taskRoutes = routes
        return settings
    }
}

enum FrameLimits {
    /// What a frame may hold besides a body, in bytes.
    static let slack = 4 << 20
    /// The longest body, in bytes: a frame's length has 32 bits.
    static let body = Int(UInt32.max) - slack
    /// The longest hello, in bytes: a child knows no other limit yet.
    static let hello = 16 << 20
    /// The longest frame of the channel for control, in bytes.
    static let control = 1024
}

extension FrameEncoder {
    fileprivate mutating func write(_ settings: ChildSettings) {
        write(settings.hostname)
        write(list: settings.acceptContent) { $0.write($1) }
        write(settings.messageMaxBytes)
        write(settings.logLevel.rawValue)
        write(settings.defaultQueue)
        write(list: settings.routes) { encoder, route in
            encoder.write(route.pattern)
            encoder.write(route.queue)
            encoder.write(route.exchange)
            encoder.write(route.routingKey)
        }
    }
}

extension FrameDecoder {
    fileprivate mutating func childSettings() throws(FrameError) -> ChildSettings {
        let hostname = try text()
        let acceptContent = try list { decoder throws(FrameError) in try decoder.text() }
        let messageMaxBytes = try integer()
        guard let logLevel = Logger.Level(rawValue: try text()), messageMaxBytes >= 0,
            messageMaxBytes <= FrameLimits.body
        else { throw FrameError("a hello with settings out of range") }
        let defaultQueue = try text()
        let routes = try list { decoder throws(FrameError) in
            RouteSettings(
                pattern: try decoder.text(),
                queue: try decoder.optionalText(),
                exchange: try decoder.optionalText(),
                routingKey: try decoder.optionalText()
            )
        }
        return ChildSettings(
            hostname: hostname,
            acceptContent: acceptContent,
            messageMaxBytes: messageMaxBytes,
            logLevel: logLevel,
            defaultQueue: defaultQueue,
            routes: routes
        )
    }
}
