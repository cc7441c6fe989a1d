import CPostgres
import Glibc

extension ConnectionHandle {
    /// Runs one statement with parameters.
    ///
    /// - Parameter limit: The session's `statement_timeout`: the server ends the statement then. A little later it is
    ///   ended from here, in case the server is gone.
    borrowing func execute(
        _ statement: String,
        _ parameters: [PostgresValue],
        limit: Duration?,
        _ wakeup: Wakeup
    ) throws(PostgresError) -> PostgresResult {
        try checkText(statement)
        var wires: [(bytes: [UInt8], isBinary: Bool)?] = []
        for parameter in parameters { wires.append(try parameter.wire) }
        guard wires.count <= Int(UInt16.max) else {
            throw PostgresError(.invalidParameter, "a statement takes 65,535 parameters at most")
        }
        guard send(statement, wires) else { throw lost() }
        return try receive(limit, wakeup)
    }

    /// Runs several statements in one text, in one transaction unless the text says otherwise.
    borrowing func execute(
        script: String,
        limit: Duration?,
        _ wakeup: Wakeup
    ) throws(PostgresError) -> PostgresResult {
        try checkText(script)
        guard PQsendQuery(raw, script) == 1 else { throw lost() }
        return try receive(limit, wakeup)
    }

    private func checkText(_ text: String) throws(PostgresError) {
        guard !text.utf8.contains(0) else { throw PostgresError(.invalidParameter, "a statement holds a NUL") }
    }

    private func send(_ statement: String, _ wires: [(bytes: [UInt8], isBinary: Bool)?]) -> Bool {
        // One block for all values, each with a NUL at its end, which libpq needs for text.
        var block: [UInt8] = []
        var offsets: [Int?] = []
        for wire in wires {
            offsets.append(wire.map { _ in block.count })
            if let wire { block += wire.bytes + [0] }
        }
        let bytea: Oid = 17
        return block.withUnsafeBytes { bytes in
            let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            return PQsendQueryParams(
                raw,
                statement,
                Int32(wires.count),
                wires.map { $0?.isBinary == true ? bytea : 0 },
                offsets.map { offset in offset.flatMap { start?.advanced(by: $0) } },
                wires.map { Int32($0?.bytes.count ?? 0) },
                wires.map { $0?.isBinary == true ? 1 : 0 },
                0
            ) == 1
        }
    }

    /// Reads until the server has answered. When time is up or the task is cancelled the server is asked to end the
    /// statement; if it doesn't within five seconds the connection is given up.
    private func receive(_ limit: Duration?, _ wakeup: Wakeup) throws(PostgresError) -> PostgresResult {
        let start = ContinuousClock.now
        var deadline = limit.map { start + $0 + .seconds(2) }
        var interruption: PostgresError.Code?
        var result: PostgresResult?
        var failure: PostgresError?

        while true {
            while PQisBusy(raw) == 1 || PQflush(raw) == 1 {
                let events = PQflush(raw) == 1 ? POLLIN | POLLOUT : POLLIN
                switch wait(for: events, until: deadline, interruption == nil ? wakeup : nil) {
                case .ready:
                    guard PQconsumeInput(raw) == 1, isUsable else { throw lost(interruption) }
                case .timedOut where interruption != nil:
                    shutdown(PQsocket(raw), Int32(SHUT_RDWR))
                    _ = PQconsumeInput(raw)
                    throw lost(interruption)
                case .timedOut, .wokenUp:
                    interruption = deadline.map { .now >= $0 } == true ? .timedOut : .cancelled
                    deadline = .now + .seconds(5)
                    requestCancel()
                }
            }
            guard let next = PQgetResult(raw) else { break }
            let handle = ResultHandle(next)
            switch handle.status {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
                result = handle.copy()
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                shutdown(PQsocket(raw), Int32(SHUT_RDWR))
                throw PostgresError(.statementFailed, "COPY isn't supported")
            default:
                failure = failure ?? statementError(handle)
            }
        }
        if let failure { throw interrupted(interruption, failure, start.duration(to: .now), limit) }
        guard let result else { throw lost(interruption) }
        return result
    }

    /// Opens a second connection and asks the server to end the statement of this one.
    private func requestCancel() {
        guard let cancel = PQgetCancel(raw) else { return }
        defer { PQfreeCancel(cancel) }
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            _ = PQcancel(cancel, buffer.baseAddress, Int32(buffer.count))
        }
    }

    private func statementError(_ handle: borrowing ResultHandle) -> PostgresError {
        guard isUsable else { return PostgresError(.connectionLost, handle.message, sqlState: handle.sqlState) }
        return PostgresError(.statementFailed, handle.message, sqlState: handle.sqlState)
    }

    private func interrupted(
        _ interruption: PostgresError.Code?,
        _ failure: PostgresError,
        _ elapsed: Duration,
        _ limit: Duration?
    ) -> PostgresError {
        guard failure.sqlState == .queryCancelled else { return failure }
        if let interruption { return PostgresError(interruption, failure.message, sqlState: failure.sqlState) }
        // Not our doing: the server's limit, or before that an administrator.
        guard let limit, elapsed >= limit * 0.9 else { return failure }
        return PostgresError(.timedOut, failure.message, sqlState: failure.sqlState)
    }

    private func lost(_ interruption: PostgresError.Code? = nil) -> PostgresError {
        let message = errorMessage
        return PostgresError(interruption ?? .connectionLost, message.isEmpty ? "the connection was lost" : message)
    }
}
