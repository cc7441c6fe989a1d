import CeleryProtocol
import FoundationEssentials
import JSON
import Testing

@Suite("Times")
struct InstantTests {
    @Test("reads what Celery's parser reads, and nothing else")
    func readsLikeCelery() throws {
        for vector in try Vectors.list("iso_times") {
            let text = try #require(vector[0]?.string)
            #expect(Instant(iso8601: text)?.microseconds == vector[1]?.integer, "\(text)")
        }
    }

    @Test("writes what isoformat writes")
    func writesLikePython() throws {
        for vector in try Vectors.list("iso_texts") {
            let instant = Instant(microseconds: try #require(vector[0]?.integer))
            let offset = Int(try #require(vector[1]?.integer))
            #expect(instant.iso8601(offsetSeconds: offset) == vector[2]?.string)
        }
    }

    @Test("goes from text to time and back for every kind of year")
    func roundTrips() {
        for microseconds in stride(
            from: Int64(-62_000_000_000_000_000),
            to: 253_000_000_000_000_000,
            by: 997_111_222_333
        ) {
            let instant = Instant(microseconds: microseconds)
            #expect(Instant(iso8601: instant.iso8601()) == instant)
        }
    }

    @Test("refuses texts of any length without harm")
    func refusesLongTexts() {
        #expect(Instant(iso8601: "") == nil)
        #expect(Instant(iso8601: String(repeating: "2", count: 100_000)) == nil)
        #expect(Instant(iso8601: "2026-11-23T02:09:39." + String(repeating: "1", count: 60)) != nil)
        #expect(Instant(iso8601: "２０２６-11-23") == nil)
    }

    @Test("clamps where a number or a sum leaves the range")
    func clamps() {
        #expect(Instant(secondsSince1970: .nan).microseconds == 0)
        #expect(Instant(secondsSince1970: .infinity).microseconds == .max)
        #expect(Instant(secondsSince1970: -1e300).microseconds == .min)
        #expect(Instant(secondsSince1970: 1.5).microseconds == 1_500_000)
        #expect(Instant(microseconds: .max) + .seconds(1) == Instant(microseconds: .max))
        #expect(Instant(microseconds: .min) - .seconds(1) == Instant(microseconds: .min))
        #expect((Instant(microseconds: 0) + .seconds(Int64.max)).microseconds > 0)
        #expect(Instant(microseconds: .max).iso8601() == "9999-12-31T23:59:59.999999+00:00")
        #expect(Instant(microseconds: .min).iso8601() == "0001-01-01T00:00:00+00:00")
    }

    @Test("adds, subtracts and compares")
    func arithmetic() throws {
        let start = try #require(Instant(iso8601: "2026-11-23T02:09:39.5Z"))
        #expect((start + .milliseconds(500)).iso8601() == "2026-11-23T02:09:40+00:00")
        #expect((start - .seconds(40)).iso8601() == "2026-11-23T02:08:59.500000+00:00")
        #expect(start + .seconds(3) - start == .seconds(3))
        #expect(start < start + .microseconds(1))
    }

    @Test("becomes a Date and comes back")
    func dates() throws {
        let instant = try #require(Instant(iso8601: "2026-11-23T02:09:39.513678Z"))
        #expect(Instant(Date(instant)) == instant)
        #expect(Date(instant).timeIntervalSince1970 == instant.secondsSince1970)
    }

    @Test("keeps whether a date and time was naive, and its offset")
    func keepsOffsets() throws {
        let naive = try #require(PythonDateTime(iso8601: "2024-01-02T03:04:05"))
        #expect(naive.isNaive)
        #expect(naive.iso8601 == "2024-01-02T03:04:05")
        let offset = try #require(PythonDateTime(iso8601: "2024-01-02T03:04:05.000001-03:30"))
        #expect(offset.time.utcOffset == -12_600)
        #expect(offset.iso8601 == "2024-01-02T03:04:05.000001-03:30")
        #expect(offset.instant.iso8601() == "2024-01-02T06:34:05.000001+00:00")
        #expect(PythonDate(year: 2023, month: 2, day: 29) == nil)
        #expect(PythonTime(hour: 24, minute: 0) == nil)
    }
}
