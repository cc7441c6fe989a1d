import Foundation
import Platform
import Testing

@Suite struct LineReaderTests {
    private func lines(_ text: String, limit: Int = 1_000_000) throws -> [String] {
        let path = "/tmp/swiftworker-lines-" + UUID().uuidString
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        var reader = try LineReader(path, limit: limit)
        var lines: [String] = []
        while let line = try reader.next() { lines.append(String(decoding: line, as: UTF8.self)) }
        return lines
    }

    @Test(arguments: [
        ("", []), ("a", ["a"]), ("a\n", ["a"]), ("a\n\nb", ["a", "", "b"]), ("\n", [""]),
    ])
    func linesWithOrWithoutAnEnd(_ text: String, _ expected: [String]) throws {
        #expect(try lines(text) == expected)
    }

    @Test func linesBeyondOneRead() throws {
        let long = (0..<5).map { String(repeating: "\($0)", count: 70_000 * $0 + 1) }
        #expect(try lines(long.joined(separator: "\n")) == long)
    }

    @Test func aLineBeyondTheLimitIsAnError() {
        #expect(throws: PlatformError.self) { try lines(String(repeating: "x", count: 200_000), limit: 1_000) }
    }

    @Test func aMissingFileIsAnError() {
        #expect(throws: PlatformError.self) { _ = try LineReader("/nonexistent/file", limit: 1) }
    }
}
