import CeleryProtocol
import JSON
import Testing

@testable import SwiftWorker

/// The bounded set of revoked ids; the first table is what Celery's `LimitedSet(maxlen=4, expires=10)` did.
@Suite struct RevokedSetTests {
    private let start = ContinuousClock.now

    private func at(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

    @Test func isCelerysLimitedSet() {
        let steps: [(String, String, Int, String)] = [
            ("add", "e", 1, "e"), ("purge", "e", 2, "e"), ("add", "e", 8, "e"), ("purge", "a", 11, "e"),
            ("add", "e", 12, "e"), ("purge", "f", 13, "e"), ("purge", "g", 16, "e"), ("add", "f", 18, "ef"),
            ("add", "f", 19, "ef"), ("add", "d", 22, "efd"), ("add", "g", 28, "fdg"), ("add", "g", 29, "fdg"),
            ("add", "g", 30, "fdg"), ("discard", "d", 31, "fg"), ("discard", "g", 37, "f"), ("purge", "f", 39, ""),
            ("add", "c", 40, "c"), ("purge", "b", 40, "c"), ("discard", "c", 41, ""), ("add", "g", 47, "g"),
            ("discard", "e", 49, "g"), ("discard", "c", 52, "g"), ("add", "b", 55, "gb"), ("add", "a", 61, "gba"),
            ("add", "f", 64, "baf"), ("add", "g", 70, "afg"), ("add", "e", 73, "fge"), ("add", "f", 79, "gef"),
            ("add", "g", 85, "efg"), ("add", "a", 86, "fga"), ("purge", "g", 88, "fga"), ("add", "c", 88, "fgac"),
            ("add", "b", 90, "gacb"), ("discard", "d", 91, "gacb"), ("add", "a", 91, "gcba"), ("add", "f", 93, "cbaf"),
            ("add", "c", 96, "bafc"), ("add", "c", 96, "bafc"), ("add", "a", 96, "bfca"), ("add", "d", 97, "fcad"),
            ("add", "c", 100, "fadc"), ("add", "a", 106, "dca"), ("add", "c", 107, "dac"), ("purge", "d", 109, "ac"),
        ]
        var set = RevokedSet(maximum: 4, expiry: .seconds(10))
        for (index, (step, id, second, expected)) in steps.enumerated() {
            switch step {
            case "add": set.add(id, at: at(second))
            case "discard": set.remove(id)
            default: set.purge(at: at(second))
            }
            #expect(set.ids.joined() == expected, "step \(index)")
            #expect(set.count == expected.count)
            for id in "abcdefg" { #expect(set.contains(String(id)) == expected.contains(id)) }
        }
    }

    @Test func staysBeyondItsExpiryWhileThereIsRoom() {
        var set = RevokedSet()
        set.add("a", at: at(0))
        set.add("b", at: at(100_000))
        #expect(set.contains("a"))
        set.purge(at: at(100_000))
        #expect(!set.contains("a") && set.contains("b"))
    }

    @Test func keepsTheNewestFiftyThousand() {
        var set = RevokedSet()
        for number in 0..<60_000 { set.add("\(number)", at: at(0)) }
        #expect(set.count == 50_000)
        #expect(!set.contains("9999") && set.contains("10000") && set.contains("59999"))
    }

    @Test func oneIdAddedForeverTakesNoRoom() {
        var set = RevokedSet(maximum: 10)
        for second in 0..<10_000 {
            set.add("a", at: at(second))
            if second % 2 == 0 { set.remove("a") }
        }
        #expect(set.ids == ["a"])
        #expect(
            Mirror(reflecting: set).children.allSatisfy { ($0.value as? any Collection).map { $0.count < 200 } ?? true }
        )
    }

    @Test func mergesBothFormsOfAnotherNodesSet() throws {
        let older = try JSONValue(parsing: Array(#"{"x": [12.5, "x"], "y": 13}"#.utf8))
        #expect(InspectCommand.ids(older) == ["x", "y"])
        #expect(InspectCommand.ids(["a", 1, "b"]) == ["a", "b"])
        for value: JSONValue? in [nil, .null, "a", 1, []] { #expect(InspectCommand.ids(value) == []) }
        var set = RevokedSet(maximum: 3)
        set.add("mine", at: at(0))
        set.merge(InspectCommand.ids(older), at: at(1))
        #expect(set.ids == ["mine", "x", "y"])
        set.merge(["z"], at: at(2))
        #expect(set.ids == ["x", "y", "z"])
    }

    @Test func refusesIdsWithoutEnd() {
        var set = RevokedSet()
        set.add(String(repeating: "x", count: 1_025), at: at(0))
        #expect(set.count == 0)
    }
}
