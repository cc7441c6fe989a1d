import Postgres

extension StageType {
    /// What `failed_at_stage` says.
    var failureName: String {
        switch self {
        case .trim: "trim"
        case .transcribe: "transcribe"
        case .extractTopics: "extract_topics"
        case .generateSubtitles: "generate_subtitles"
        }
    }
}

extension RecordingStore {
    /// Marks a stage as running, if the recording has a row for it.
    func markInProgress(_ stage: StageType, of key: Recording.Key) async throws {
        try await client.withTransaction { connection in
            guard try await Self.lock(key, connection) else { return }
            let changed = try await connection.query(
                """
                UPDATE processing_stages SET status = 'IN_PROGRESS', failed = false, updated_at = now()
                WHERE recording_id = $1 AND stage_type = $2
                """,
                [.integer(key.id), .text(stage.rawValue)]
            )
            guard changed.affectedRows > 0 else { return }
            try await Self.refreshStatus(key, connection)
        }
    }

    /// Stores what trimming made, and marks the stage as completed if the recording has a row for it.
    ///
    /// - Throws: `.invalid` when the recording was deleted meanwhile; `PostgresError`.
    func completeTrim(of key: Recording.Key, video: String, audio: String) async throws {
        try await client.withTransaction { connection in
            guard try await Self.lock(key, connection) else {
                throw Self.notFound(key)
            }
            try await connection.query(
                """
                UPDATE recordings SET processed_video_path = $3, processed_audio_path = $4, updated_at = now()
                WHERE id = $1 AND user_id = $2
                """,
                Self.parameters(key) + [.text(video), .text(audio)]
            )
            try await connection.query(
                """
                UPDATE processing_stages
                SET status = 'COMPLETED', completed_at = now(), failed = false, updated_at = now()
                WHERE recording_id = $1 AND stage_type = $2
                """,
                [.integer(key.id), .text(StageType.trim.rawValue)]
            )
            try await Self.refreshStatus(key, connection)
        }
    }

    /// Applies the failure rule of trimming (application reference, 5.4). A recording that is gone is passed over.
    ///
    /// - Parameter reason: Cut to 1,000 characters.
    func failTrim(of key: Recording.Key, reason: String) async throws {
        // Of an id that the column can't hold there is no row.
        guard Int32(exactly: key.id) != nil else { return }
        let reason = PostgresValue.text(Self.cut(reason))
        try await client.withTransaction { connection in
            guard try await Self.lock(key, connection) else { return }
            try await connection.query(
                """
                UPDATE recordings
                SET status = 'DOWNLOADED', failed = true, failed_at = now(), failed_reason = $3, failed_at_stage = $4,
                    updated_at = now()
                WHERE id = $1 AND user_id = $2
                """,
                Self.parameters(key) + [reason, .text(StageType.trim.failureName)]
            )
            try await connection.query(
                """
                UPDATE processing_stages
                SET status = 'FAILED', failed = true, failed_at = now(), failed_reason = $3, updated_at = now()
                WHERE recording_id = $1 AND stage_type = $2
                """,
                [.integer(key.id), .text(StageType.trim.rawValue), reason]
            )
        }
    }

    /// At most 1,000 code points, as Python and the column count them, and no NUL, which PostgreSQL can't hold.
    private static func cut(_ reason: String) -> String {
        var scalars = String.UnicodeScalarView()
        scalars.append(contentsOf: reason.unicodeScalars.lazy.filter { $0 != "\0" }.prefix(1000))
        return String(scalars)
    }

    /// Locks the recording's row, so that two tasks never compute its status from each other's halves.
    private static func lock(_ key: Recording.Key, _ connection: PostgresConnection) async throws -> Bool {
        let found = try await connection.query(
            "SELECT 1 FROM recordings WHERE id = $1 AND user_id = $2 AND NOT deleted FOR UPDATE",
            parameters(key)
        )
        return !found.rows.isEmpty
    }

    /// Computes the overall status anew.
    private static func refreshStatus(_ key: Recording.Key, _ connection: PostgresConnection) async throws {
        let found = try await connection.query(
            """
            SELECT status, coalesce(deleted AND deletion_reason = 'expired', false)
                OR coalesce(expire_at <= now(), false) AS is_expired
            FROM recordings WHERE id = $1 AND user_id = $2
            """,
            parameters(key)
        )
        let stages = try await connection.query(
            "SELECT status FROM processing_stages WHERE recording_id = $1",
            [.integer(key.id)]
        )
        let outputs = try await connection.query(
            "SELECT status FROM output_targets WHERE recording_id = $1",
            [.integer(key.id)]
        )
        guard let row = found.rows.first else { return }
        let aggregate = AggregateStatus(
            current: try row.decode("status"),
            isExpired: try row.decode("is_expired"),
            stages: try stages.rows.map { try $0.decode("status") },
            outputs: try outputs.rows.map { try $0.decode("status") }
        )
        try await connection.query(
            "UPDATE recordings SET status = $3, updated_at = now() WHERE id = $1 AND user_id = $2",
            parameters(key) + [.text(aggregate.resolved().rawValue)]
        )
    }
}

// The enums are read by their members' names.
extension ProcessingStatus: PostgresDecodable {
    init?(postgresText text: String) { self.init(rawValue: text) }
}

extension StageStatus: PostgresDecodable {
    init?(postgresText text: String) { self.init(rawValue: text) }
}

extension TargetStatus: PostgresDecodable {
    init?(postgresText text: String) { self.init(rawValue: text) }
}
