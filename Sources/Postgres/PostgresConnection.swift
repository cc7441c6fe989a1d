/// One connection to PostgreSQL, in UTF-8 and UTC.
///
/// Its statements run one after the other on a thread of its own, so the caller's thread never blocks. It is lent by
/// `PostgresClient` for the length of a closure and must not be kept.
public actor PostgresConnection {
    private let executor: QueueExecutor
    private let configuration: PostgresConfiguration
    private var handle: ConnectionHandle?
    private var isSpoilt = false

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(_ configuration: PostgresConfiguration) {
        self.configuration = configuration
        executor = QueueExecutor(label: "postgres")
    }

    /// Connects and settles the session's time zone, date style and limits.
    nonisolated func open() async throws(PostgresError) {
        let wakeup = try Wakeup()
        let result = await withTaskCancellationHandler {
            await open(wakeup)
        } onCancel: {
            wakeup.signal()
        }
        try result.get()
    }

    private func open(_ wakeup: Wakeup) -> Result<Void, PostgresError> {
        Result { () throws(PostgresError) in
            let opened = try ConnectionHandle.open(configuration, wakeup)
            _ = try opened.execute(
                """
                SELECT set_config('TimeZone', 'UTC', false), set_config('DateStyle', 'ISO, YMD', false),
                    set_config('bytea_output', 'hex', false), set_config('statement_timeout', $1, false)
                """,
                [.text(String(configuration.statementTimeout?.milliseconds ?? 0))],
                limit: configuration.connectTimeout,
                wakeup
            )
            handle = consume opened
        }
    }

    /// Runs one statement; `$1` and so on stand for the parameters.
    ///
    /// - Throws: `.statementFailed` with the server's SQLSTATE, `.connectionLost`, `.timedOut`, `.cancelled` when the
    ///   task was, `.invalidParameter`.
    @discardableResult
    public nonisolated func query(
        _ statement: String,
        _ parameters: [PostgresValue] = []
    ) async throws(PostgresError) -> PostgresResult {
        try await perform(statement, parameters, isScript: false)
    }

    /// Runs several statements in one text without parameters, as one transaction unless it has its own.
    ///
    /// - Throws: as `query`.
    public nonisolated func execute(script: String) async throws(PostgresError) {
        _ = try await perform(script, [], isScript: true)
    }

    private nonisolated func perform(
        _ statement: String,
        _ parameters: [PostgresValue],
        isScript: Bool
    ) async throws(PostgresError) -> PostgresResult {
        let wakeup = try Wakeup()
        let result = await withTaskCancellationHandler {
            await run(statement, parameters, isScript, wakeup)
        } onCancel: {
            wakeup.signal()
        }
        return try result.get()
    }

    private func run(
        _ statement: String,
        _ parameters: [PostgresValue],
        _ isScript: Bool,
        _ wakeup: Wakeup
    ) -> Result<PostgresResult, PostgresError> {
        let limit = configuration.statementTimeout
        return Result { () throws(PostgresError) in
            guard !Task.isCancelled else { throw PostgresError(.cancelled, "the task was cancelled") }
            switch handle {
            case .some(let handle):
                return isScript
                    ? try handle.execute(script: statement, limit: limit, wakeup)
                    : try handle.execute(statement, parameters, limit: limit, wakeup)
            case .none:
                throw PostgresError(.connectionLost, "the connection isn't open")
            }
        }
    }

    /// Marks the connection as not to be used again, after it is given back.
    func spoil() {
        isSpoilt = true
    }

    /// Whether the next borrower may have it: whole, and outside a transaction.
    var isReusable: Bool {
        !isSpoilt && (handle?.isUsable ?? false) && (handle?.isOutsideTransaction ?? false)
    }

    /// Whether it is still there after a time of idleness.
    func isAlive() -> Bool {
        handle?.isAlive() ?? false
    }
}

extension Duration {
    /// Whole milliseconds, at least 1.
    fileprivate var milliseconds: Int64 {
        max(1, components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000)
    }
}
