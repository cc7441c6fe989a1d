import Testing

import struct FoundationEssentials.Date

@testable import Postgres

@Suite("Timestamps")
struct TimestampTests {
    static let pairs: [(Int64, String)] = [
        (0, "1970-01-01 00:00:00.000000+00"),
        (-1, "1969-12-31 23:59:59.999999+00"),
        (951_782_400_000_000, "2000-02-29 00:00:00.000000+00"),
        (1_770_296_829_000_001, "2026-02-05 13:07:09.000001+00"),
        (4_107_542_399_123_456, "2100-02-28 23:59:59.123456+00"),
        (253_402_300_799_999_999, "9999-12-31 23:59:59.999999+00"),
        (-62_135_596_800_000_000, "0001-01-01 00:00:00.000000+00"),
        (-62_135_596_800_000_001, "0001-12-31 23:59:59.999999+00 BC"),
    ]

    @Test("Text and microseconds agree in both directions", arguments: pairs)
    func roundTrip(microseconds: Int64, text: String) {
        #expect(Timestamp(microseconds: microseconds).text == text)
        #expect(Timestamp(text: text)?.microseconds == microseconds)
    }

    @Test("Days of eight centuries come back")
    func days() {
        for day: Int64 in stride(from: -146_100, through: 146_100, by: 7) {
            let timestamp = Timestamp(microseconds: day * 86_400_000_000 + 1)
            #expect(Timestamp(text: timestamp.text) == timestamp)
        }
    }

    @Test(
        "Shorter forms and offsets are read",
        arguments: [
            ("2026-02-05 13:07:09+00", 1_770_296_829_000_000), ("2026-02-05 16:37:09.5+03:30", 1_770_296_829_500_000),
            ("2026-02-05 10:07:09-03", 1_770_296_829_000_000), ("2026-02-05", 1_770_249_600_000_000),
            ("2026-02-05T13:07:09.1234567Z", 1_770_296_829_123_456), ("2026-02-05 13:07:09", 1_770_296_829_000_000),
        ] as [(String, Int64)]
    )
    func forms(text: String, microseconds: Int64) {
        #expect(Timestamp(text: text)?.microseconds == microseconds)
    }

    @Test(
        "Other texts are refused",
        arguments: ["", "infinity", "2026-13-01", "2026-02-05 25:00:00", "2026-02-05 13:07", "2026-02-05 13:07:09+0x"]
    )
    func refused(text: String) {
        #expect(Timestamp(text: text) == nil)
    }

    @Test("A date is kept to the microsecond")
    func dates() {
        let date = Date(timeIntervalSince1970: 1_770_296_829.000001)
        #expect(Timestamp(date).microseconds == 1_770_296_829_000_001)
        #expect(Timestamp(Date(timeIntervalSince1970: .nan)).microseconds == 0)
    }
}
