import JSON
import Postgres

/// The recordings in the database. Each function is one short transaction, so that what the users see is committed
/// before anything slow begins.
struct RecordingStore: Sendable {
    let client: PostgresClient

    /// Loads a recording for a run of `stage`, and clears the failure that an earlier run of it left.
    ///
    /// - Throws: `.invalid` when there is no such recording of that user, or it is deleted; `PostgresError`.
    func begin(_ key: Recording.Key, stage: StageType, manualOverride: JSONValue?) async throws -> Recording {
        // An argument may be any integer, the column has 32 bits.
        guard Int32(exactly: key.id) != nil else { throw Self.notFound(key) }
        return try await client.withTransaction { connection in
            guard let row = try await connection.query(Self.load, Self.parameters(key)).rows.first else {
                throw Self.notFound(key)
            }
            try await connection.query(
                """
                UPDATE recordings
                SET failed = false, failed_at_stage = NULL, failed_reason = NULL, failed_at = NULL, updated_at = now()
                WHERE id = $1 AND user_id = $2 AND failed AND failed_at_stage = $3
                """,
                Self.parameters(key) + [.text(stage.failureName)]
            )
            var recording = try Self.recording(row, key, manualOverride)
            if let id = ConfigurationSources.runtimeTemplateID(of: manualOverride) {
                recording.sources.runtimeTemplate = try await Self.template(id, of: key.userID, connection)
            }
            return recording
        }
    }

    private static let load = """
        SELECT u.user_slug, r.local_video_path, r.processing_preferences, c.config_data,
            t.id AS template_id, t.processing_config, t.output_config
        FROM recordings r
        JOIN users u ON u.id = r.user_id
        LEFT JOIN user_configs c ON c.user_id = r.user_id
        LEFT JOIN recording_templates t ON t.id = r.template_id
        WHERE r.id = $1 AND r.user_id = $2 AND NOT r.deleted
        FOR UPDATE OF r
        """

    private static func recording(
        _ row: PostgresRow,
        _ key: Recording.Key,
        _ manualOverride: JSONValue?
    ) throws -> Recording {
        var sources = ConfigurationSources()
        sources.user = try row.json("config_data")
        if try row.decodeIfPresent("template_id", as: Int.self) != nil {
            sources.template = .init(
                processing: try row.json("processing_config"),
                output: try row.json("output_config")
            )
        }
        sources.preferences = try row.json("processing_preferences")
        sources.manualOverride = manualOverride
        return Recording(
            key: key,
            userSlug: try row.decode("user_slug"),
            localVideoPath: try row.decodeIfPresent("local_video_path"),
            sources: sources
        )
    }

    private static func template(
        _ id: Int64,
        of userID: String,
        _ connection: PostgresConnection
    ) async throws -> ConfigurationSources.Template? {
        // As text: an id beyond the column's range is no error but no template.
        let found = try await connection.query(
            """
            SELECT processing_config, metadata_config, output_config FROM recording_templates
            WHERE id::text = $1 AND user_id = $2
            """,
            [.text(String(id)), .text(userID)]
        )
        guard let row = found.rows.first else { return nil }
        return .init(
            processing: try row.json("processing_config"),
            metadata: try row.json("metadata_config"),
            output: try row.json("output_config")
        )
    }

    static func notFound(_ key: Recording.Key) -> ZoomUploaderError {
        .invalid("Recording \(key.id) not found for user \(key.userID)")
    }

    static func parameters(_ key: Recording.Key) -> [PostgresValue] {
        [.integer(key.id), .text(key.userID)]
    }
}

extension PostgresRow {
    /// The value of a `json` or `jsonb` column, `nil` for NULL.
    func json(_ column: String) throws -> JSONValue? {
        guard let text = try decodeIfPresent(column, as: String.self) else { return nil }
        return try JSONValue(parsing: Array(text.utf8))
    }
}
