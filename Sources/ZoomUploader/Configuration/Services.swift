import Postgres

/// What the application's tasks share: one pool of connections, the files, the programs.
struct Services: Sendable {
    let storage: Storage
    let media: MediaTools
    private let database: Result<PostgresClient, ZoomUploaderError>

    init(_ configuration: ZoomUploaderConfiguration) {
        storage = Storage(root: configuration.storageRoot)
        media = MediaTools(configuration)
        // A client connects when it is first used.
        database = configuration.database.map { PostgresClient($0) }
    }

    /// The database.
    ///
    /// - Throws: `.configuration` when none is configured.
    func client() throws(ZoomUploaderError) -> PostgresClient {
        try database.get()
    }

    /// The recordings in the database.
    ///
    /// - Throws: `.configuration` when no database is configured.
    func recordings() throws(ZoomUploaderError) -> RecordingStore {
        RecordingStore(client: try client())
    }
}
