/// Where the database is, and what its client may cost.
public struct PostgresConfiguration: Sendable, CustomStringConvertible {
    /// libpq's keywords and values, as given; the rest is libpq's defaults, `PG…` variables included.
    private(set) var keywords: [String: String]

    /// The most connections that are open at once.
    public var maxConnections = 4
    /// How long a connection may take to come about.
    public var connectTimeout: Duration = .seconds(5)
    /// How long a statement may run; `nil` is without limit.
    public var statementTimeout: Duration? = .seconds(30)
    /// The name shown in `pg_stat_activity`.
    public var applicationName = "swiftworker"

    /// Takes a URL or a `keyword=value` text.
    ///
    /// - Parameter url: `postgresql://user:password@host:port/database?keyword=value`, with libpq's keywords. Also
    ///   SQLAlchemy's `postgresql+asyncpg://` and the like.
    /// - Throws: `.invalidConfiguration`. libpq's own words are left out, for they can quote the password.
    public init(url: String) throws(PostgresError) {
        keywords = try ConnectionHandle.parse(Self.withoutDriver(url))
        // With an unescaped "p@ss" or "p/ss" the rest of the password would be taken for the host, the port or the
        // database, and shown in messages.
        let port = keywords["port"] ?? ""
        let strayed = [keywords["host"], keywords["dbname"]].contains { $0?.contains("@") == true }
        guard !strayed, port.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ",") }) else {
            throw PostgresError(
                .invalidConfiguration,
                "the database URL's host, port or database is odd: write a password's special characters as %XX"
            )
        }
    }

    /// Takes the parts.
    public init(host: String, port: Int? = nil, database: String, user: String, password: String? = nil) {
        keywords = ["host": host, "dbname": database, "user": user]
        keywords["port"] = port.map(String.init)
        keywords["password"] = password
    }

    /// The same server and user, another database.
    public func withDatabase(_ name: String) -> PostgresConfiguration {
        var copy = self
        copy.keywords["dbname"] = name
        return copy
    }

    /// User, host, port and database; never the password.
    public var description: String {
        let user = keywords["user"].map { "\($0)@" } ?? ""
        let host = keywords["host"] ?? keywords["hostaddr"] ?? "localhost"
        let port = keywords["port"].map { ":\($0)" } ?? ""
        return "postgresql://\(user)\(host)\(port)/\(keywords["dbname"] ?? "")"
    }

    /// `text` with every occurrence of the password masked.
    func redacted(_ text: String) -> String {
        guard let password = keywords["password"], !password.isEmpty else { return text }
        return text.split(separator: password, omittingEmptySubsequences: false).joined(separator: "****")
    }

    private static func withoutDriver(_ url: String) -> String {
        for scheme in ["postgresql+", "postgres+"] where url.hasPrefix(scheme) {
            guard let end = url.firstRange(of: "://") else { break }
            return "postgresql" + url[end.lowerBound...]
        }
        return url
    }
}
