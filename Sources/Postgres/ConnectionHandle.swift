import CPostgres
import Glibc

/// Owner of libpq's connection. Its calls block the calling thread, and end early by a deadline or a wake-up.
struct ConnectionHandle: ~Copyable {
    let raw: OpaquePointer
    private let configuration: PostgresConfiguration

    /// Takes over a connection under way.
    private init(raw: OpaquePointer, _ configuration: PostgresConfiguration) {
        self.raw = raw
        self.configuration = configuration
        PQsetNoticeReceiver(raw, { _, _ in }, nil)
    }

    /// Connects.
    ///
    /// - Throws: `.connectionFailed` with libpq's reason, `.cancelled`.
    static func open(
        _ configuration: PostgresConfiguration,
        _ wakeup: Wakeup
    ) throws(PostgresError) -> ConnectionHandle {
        var keywords = configuration.keywords
        keywords["client_encoding"] = "UTF8"
        keywords["application_name"] = keywords["application_name"] ?? configuration.applicationName
        guard let raw = start(keywords) else {
            throw PostgresError(.connectionFailed, "out of memory")
        }
        let handle = ConnectionHandle(raw: raw, configuration)
        try handle.connect(until: .now + configuration.connectTimeout, wakeup)
        PQsetnonblocking(raw, 1)
        return handle
    }

    deinit {
        PQfinish(raw)
    }

    /// Whether the connection is whole, as far as is known here.
    var isUsable: Bool { PQstatus(raw) == CONNECTION_OK }

    /// Whether no transaction is open.
    var isOutsideTransaction: Bool { PQtransactionStatus(raw) == PQTRANS_IDLE }

    /// Whether the server still holds the connection. One that it closed, or is about to close, can be read while
    /// idle; a rare notice looks the same and costs no more than a new connection.
    func isAlive() -> Bool {
        var entry = pollfd(fd: PQsocket(raw), events: Int16(POLLIN), revents: 0)
        return isUsable && poll(&entry, 1, 0) == 0
    }

    /// Parses a URL or a `keyword=value` text.
    static func parse(_ text: String) throws(PostgresError) -> [String: String] {
        var reason: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(text, &reason) else {
            PQfreemem(reason)
            throw PostgresError(.invalidConfiguration, "the database URL can't be parsed")
        }
        defer { PQconninfoFree(options) }
        var keywords: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val {
                keywords[String(cString: keyword)] = String(cString: value)
            }
            option += 1
        }
        return keywords
    }

    private static func start(_ keywords: [String: String]) -> OpaquePointer? {
        let pairs = Array(keywords)
        let names = pairs.map { strdup($0.key) }
        let values = pairs.map { strdup($0.value) }
        defer { (names + values).forEach { free($0) } }
        return PQconnectStartParams(
            names.map { $0.map { UnsafePointer($0) } } + [nil],
            values.map { $0.map { UnsafePointer($0) } } + [nil],
            0
        )
    }

    private func connect(until deadline: ContinuousClock.Instant, _ wakeup: Wakeup) throws(PostgresError) {
        var waitsFor = PGRES_POLLING_WRITING
        while PQstatus(raw) != CONNECTION_BAD {
            switch waitsFor {
            case PGRES_POLLING_OK:
                return
            case PGRES_POLLING_FAILED:
                throw connectionError()
            default:
                let events = waitsFor == PGRES_POLLING_READING ? POLLIN : POLLOUT
                switch wait(for: events, until: deadline, wakeup) {
                case .ready: break
                case .timedOut: throw PostgresError(.connectionFailed, "\(configuration) didn't answer in time")
                case .wokenUp: throw PostgresError(.cancelled, "connecting was cancelled")
                }
            }
            waitsFor = PQconnectPoll(raw)
        }
        throw connectionError()
    }

    private func connectionError() -> PostgresError {
        PostgresError(.connectionFailed, errorMessage)
    }

    /// libpq's last words, without the password.
    var errorMessage: String {
        configuration.redacted(String(cString: PQerrorMessage(raw)).trimmed)
    }

    enum WaitResult { case ready, timedOut, wokenUp }

    /// Waits for the socket.
    ///
    /// - Parameter wakeup: `nil` when a wake-up was seen already and no longer counts.
    func wait(for events: Int32, until deadline: ContinuousClock.Instant?, _ wakeup: Wakeup?) -> WaitResult {
        while true {
            var entries = [
                pollfd(fd: PQsocket(raw), events: Int16(events), revents: 0),
                pollfd(fd: wakeup?.raw ?? -1, events: Int16(POLLIN), revents: 0),
            ]
            let count = poll(&entries, 2, Self.milliseconds(until: deadline))
            if entries[1].revents != 0 { return .wokenUp }
            if entries[0].revents != 0 { return .ready }
            // Something is wrong with the descriptors themselves: libpq will tell.
            if count < 0 && errno != EINTR { return .ready }
            if let deadline, .now >= deadline { return .timedOut }
        }
    }

    /// Rounded up, and a day at most; -1 is for ever.
    private static func milliseconds(until deadline: ContinuousClock.Instant?) -> Int32 {
        guard let deadline else { return -1 }
        let (seconds, attoseconds) = max(Duration.zero, ContinuousClock.now.duration(to: deadline)).components
        return seconds < 86_400 ? Int32(seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1) : 86_400_000
    }
}
