import CPostgres

/// Owner of libpq's result.
struct ResultHandle: ~Copyable {
    private let raw: OpaquePointer

    /// Takes over a result.
    init(_ raw: OpaquePointer) {
        self.raw = raw
    }

    deinit {
        PQclear(raw)
    }

    var status: ExecStatusType { PQresultStatus(raw) }

    /// The server's code; absent when libpq itself failed.
    var sqlState: SQLState? { field("C").map { SQLState($0) } }

    /// The server's primary message, without details, which could quote a row.
    var message: String { field("M") ?? String(cString: PQresultErrorMessage(raw)).trimmed }

    /// A copy of everything.
    func copy() -> PostgresResult {
        let columns = (0..<PQnfields(raw)).map { String(cString: PQfname(raw, $0)) }
        let rows = (0..<PQntuples(raw)).map { row in
            PostgresRow(columns: columns, values: columns.indices.map { value(row, Int32($0)) })
        }
        return PostgresResult(rows: rows, affectedRows: Int(String(cString: PQcmdTuples(raw))) ?? 0)
    }

    private func value(_ row: Int32, _ column: Int32) -> String? {
        guard PQgetisnull(raw, row, column) == 0, let start = PQgetvalue(raw, row, column) else { return nil }
        let bytes = UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(raw, row, column)))
        return String(decoding: bytes, as: UTF8.self)
    }

    private func field(_ code: Unicode.Scalar) -> String? {
        PQresultErrorField(raw, Int32(code.value)).map { String(cString: $0) }
    }
}

extension String {
    /// Without the line breaks and spaces at its end that libpq's messages have.
    var trimmed: String {
        var text = self[...]
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
