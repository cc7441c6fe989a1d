import FoundationEssentials
public import Postgres

/// Where the application's database and files are.
public struct ZoomUploaderConfiguration: Sendable {
    /// The database, or why there is none; told when a task first needs it.
    public var database: Result<PostgresConfiguration, ZoomUploaderError>
    /// The folder that `storage/` and the paths in the database are relative to. Absolute.
    public var storageRoot: String
    /// The names or paths of the programs.
    public var ffmpeg = "ffmpeg"
    public var ffprobe = "ffprobe"
    /// How long one run of ffmpeg may take.
    public var mediaTimeout: Duration = .seconds(3300)

    public init(database: PostgresConfiguration, storageRoot: String) {
        self.database = .success(database)
        self.storageRoot = storageRoot
    }

    /// Reads the application's variables.
    ///
    /// - `DATABASE_URL` (`postgresql://…`, SQLAlchemy's `postgresql+asyncpg://…` too), else `DATABASE_HOST`,
    ///   `DATABASE_PORT`, `DATABASE_NAME`, `DATABASE_USER`, `DATABASE_PASSWORD`;
    /// - `DATABASE_POOL_SIZE`, the most connections of this worker, 5 unless given;
    /// - `ZOOMUPLOADER_STORAGE_ROOT`, else the current folder: the web application's paths are relative to its own.
    public init(environment: [String: String]) {
        database = Self.database(environment)
        let current = FileManager.default.currentDirectoryPath
        let root = environment["ZOOMUPLOADER_STORAGE_ROOT"].flatMap { $0.isEmpty ? nil : $0 } ?? current
        storageRoot = root.hasPrefix("/") ? root : "\(current)/\(root)"
    }

    private static func database(
        _ environment: [String: String]
    ) -> Result<PostgresConfiguration, ZoomUploaderError> {
        func value(_ names: String...) -> String? {
            names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        }
        var configuration: PostgresConfiguration
        if let url = value("DATABASE_URL") {
            do throws(PostgresError) {
                configuration = try PostgresConfiguration(url: url)
            } catch {
                return .failure(ZoomUploaderError(.configuration, "DATABASE_URL: \(error.message)"))
            }
        } else {
            guard let host = value("DATABASE_HOST"), let name = value("DATABASE_NAME", "DATABASE_DATABASE"),
                let user = value("DATABASE_USER", "DATABASE_USERNAME")
            else {
                let message =
                    "the database isn't configured: set DATABASE_URL, or DATABASE_HOST, DATABASE_NAME and DATABASE_USER"
                return .failure(ZoomUploaderError(.configuration, message))
            }
            let port = value("DATABASE_PORT")
            guard port == nil || port.flatMap({ UInt16($0) }) != nil else {
                return .failure(ZoomUploaderError(.configuration, "DATABASE_PORT is no port number"))
            }
            configuration = PostgresConfiguration(
                host: host,
                port: port.flatMap { Int($0) },
                database: name,
                user: user,
                password: value("DATABASE_PASSWORD")
            )
        }
        configuration.maxConnections = 5
        if let size = value("DATABASE_POOL_SIZE") {
            guard let size = Int(size), (1...1000).contains(size) else {
                return .failure(ZoomUploaderError(.configuration, "DATABASE_POOL_SIZE is no number from 1 to 1000"))
            }
            configuration.maxConnections = size
        }
        return .success(configuration)
    }
}
