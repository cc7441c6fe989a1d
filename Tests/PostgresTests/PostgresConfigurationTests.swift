import Testing

@testable import Postgres

@Suite("Where the database is")
struct PostgresConfigurationTests {
    @Test(
        "URLs and keyword texts are read",
        arguments: [
            "postgresql://ann:s%40cret@db.example:5433/zoom",
            "postgresql+asyncpg://ann:s%40cret@db.example:5433/zoom",
            "postgres+psycopg2://ann:s%40cret@db.example:5433/zoom",
            "host=db.example port=5433 user=ann password=s@cret dbname=zoom",
        ]
    )
    func forms(url: String) throws {
        let configuration = try PostgresConfiguration(url: url)
        #expect(
            configuration.keywords
                == ["host": "db.example", "port": "5433", "user": "ann", "password": "s@cret", "dbname": "zoom"]
        )
        #expect(configuration.description == "postgresql://ann@db.example:5433/zoom")
        #expect(!"\(configuration.withDatabase("other"))".contains("s@cret"))
    }

    @Test(
        "No part of a password shows in an error",
        arguments: [
            "postgresql://ann:hush@pass@word:x@db/zoom", "host=db password=hush pass word",
            "postgresql://ann:hu/sh@db/zoom", "postgresql://ann:hush@db/zoom?hush=1", "mysql://ann:hush@db/zoom",
            "postgresql://ann:hu@sh@db/zoom",
        ]
    )
    func noPassword(url: String) throws {
        let error = #expect(throws: PostgresError.self) { try PostgresConfiguration(url: url) }
        #expect(error?.code == .invalidConfiguration)
        let text = "\(try #require(error))"
        for fragment in ["hush", "hu", "sh@", "word:x"] {
            #expect(!text.contains(fragment))
        }
    }

    @Test("libpq's words are masked")
    func redaction() throws {
        let configuration = try PostgresConfiguration(url: "postgresql://ann:secret@db/zoom")
        #expect(configuration.redacted("no secret in secret") == "no **** in ****")
        #expect(try PostgresConfiguration(url: "postgresql://db/zoom").redacted("text") == "text")
    }
}
