import Testing

@testable import Processes

@Suite("Bounded output")
struct OutputTests {
    static func captured(_ text: String, chunk: Int, limits: CapturedOutput.Limits) -> CapturedOutput {
        var output = CapturedOutput(limits: limits)
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: chunk) {
            bytes[start..<min(start + chunk, bytes.count)].withUnsafeBytes { output.append($0) }
        }
        return output
    }

    @Test("Beginning and end are kept whatever the chunks", arguments: [1, 2, 3, 7, 100])
    func headAndTail(chunk: Int) {
        let output = Self.captured("0123456789abcdefghij", chunk: chunk, limits: .init(head: 4, tail: 3))
        #expect(output.bytes == Array("0123hij".utf8))
        #expect(output.totalBytes == 20)
        #expect(output.isTruncated)
        #expect(output.text == "0123\n… 13 bytes left out …\nhij")
    }

    @Test("What fits is whole", arguments: [1, 3, 100])
    func whole(chunk: Int) {
        let output = Self.captured("0123456", chunk: chunk, limits: .init(head: 4, tail: 3))
        #expect(output.text == "0123456")
        #expect(!output.isTruncated)
    }

    @Test("Nothing is kept when nothing is asked for")
    func nothing() {
        let output = Self.captured("0123456", chunk: 2, limits: .nothing)
        #expect(output.bytes.isEmpty)
        #expect(output.totalBytes == 7)
        #expect(output.isTruncated)
    }

    @Test("Lines come whole whatever the chunks, long ones are cut", arguments: [1, 2, 5, 100])
    func lines(chunk: Int) {
        var splitter = LineSplitter(limit: 6)
        var lines: [String] = []
        let bytes = Array("one\ntwo\r\n\nlonger than six\nlast".utf8)
        for start in stride(from: 0, to: bytes.count, by: chunk) {
            bytes[start..<min(start + chunk, bytes.count)].withUnsafeBytes { splitter.append($0) { lines.append($0) } }
        }
        splitter.finish { lines.append($0) }
        #expect(lines == ["one", "two", "longer", "last"])
    }
}
