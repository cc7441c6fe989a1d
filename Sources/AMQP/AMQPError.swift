/// What went wrong between this process and a broker.
///
/// Never holds a password: endpoints are described with it masked.
public struct AMQPError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String {
            case invalidURL, invalidArgument, connectFailed, loginRefused, connectionLost, connectionClosedByBroker
            case channelClosedByBroker, closed, timeout, unroutable, refusedByBroker, malformedMessage, retryLimit
        }

        private let value: Value

        /// A broker URL does not follow the grammar.
        public static let invalidURL = Code(value: .invalidURL)
        /// A value can't be sent, for example a name of more than 255 bytes.
        public static let invalidArgument = Code(value: .invalidArgument)
        /// No connection could be made: host name, TCP, TLS or handshake.
        public static let connectFailed = Code(value: .connectFailed)
        /// The broker refused user, password or virtual host.
        public static let loginRefused = Code(value: .loginRefused)
        /// The connection broke: end of stream, socket error or missed heartbeats.
        public static let connectionLost = Code(value: .connectionLost)
        /// The broker sent `connection.close`; see `reply`.
        public static let connectionClosedByBroker = Code(value: .connectionClosedByBroker)
        /// The broker sent `channel.close`; see `reply`.
        public static let channelClosedByBroker = Code(value: .channelClosedByBroker)
        /// This side has closed the channel or connection.
        public static let closed = Code(value: .closed)
        /// The deadline passed first.
        public static let timeout = Code(value: .timeout)
        /// No queue took a mandatory message; see `reply`.
        public static let unroutable = Code(value: .unroutable)
        /// The broker answered a publish with `basic.nack`.
        public static let refusedByBroker = Code(value: .refusedByBroker)
        /// A message of the broker could not be read.
        public static let malformedMessage = Code(value: .malformedMessage)
        /// The limit of reconnects was passed; `underlying` is the last failure.
        public static let retryLimit = Code(value: .retryLimit)

        public var description: String { value.rawValue }
    }

    /// AMQP's reply code and text, as the broker sent them.
    public struct Reply: Sendable, Hashable {
        /// For example 404 (not found), 406 (precondition failed), 312 (no route).
        public var code: UInt16
        public var text: String

        public init(code: UInt16, text: String) {
            self.code = code
            self.text = text
        }
    }

    public var code: Code
    public var message: String
    /// The broker's own words, where it sent some.
    public var reply: Reply?
    /// The status of librabbitmq, where that is what failed.
    public var libraryStatus: Int32?
    /// The error that led to this one.
    public var underlying: (any Error)?

    public init(
        _ code: Code,
        _ message: String,
        reply: Reply? = nil,
        libraryStatus: Int32? = nil,
        underlying: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.reply = reply
        self.libraryStatus = libraryStatus
        self.underlying = underlying
    }

    public var description: String {
        var text = "\(code): \(message)"
        if let reply { text += " (\(reply.code) \(reply.text))" }
        if let underlying { text += "; \(underlying)" }
        return text
    }

    /// Whether connecting again may help.
    ///
    /// Refused logins, refused access and contradicting declarations stay what they are: retrying them hides an
    /// operator's mistake (Celery reference, 11.2).
    public var isRecoverable: Bool {
        if code == .invalidURL || code == .invalidArgument || code == .loginRefused || code == .retryLimit {
            return false
        }
        switch reply?.code {
        case 402, 403, 406, 530, 540: return false
        default: return true
        }
    }
}
