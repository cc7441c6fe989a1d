import Testing

@testable import SwiftWorker

@Suite("What a child prints")
struct ChildOutputTests {
    private let start = ContinuousClock.now

    @Test func comesLineByLine() {
        var output = ChildOutput()
        var lines: [String] = []
        output.append(Array("one\ntw".utf8)[...], at: start) { lines.append($0) }
        output.append(Array("o\r\nthree".utf8)[...], at: start) { lines.append($0) }
        #expect(lines == ["one", "two"])
        output.finish { lines.append($0) }
        #expect(lines == ["one", "two", "three"])
        #expect(output.lastLines == ["one", "two", "three"])
    }

    @Test func tooMuchInASecondIsDroppedAndCounted() {
        var output = ChildOutput()
        let piece = Array(String(repeating: String(repeating: "x", count: 79) + "\n", count: 500).utf8)
        var lines = 0
        for _ in 0..<100 { output.append(piece[...], at: start) { _ in lines += 1 } }
        #expect(lines == 500 * (ChildOutput.rate / piece.count))
        let dropped = [output.takeDropped(), output.takeDropped()]
        #expect(dropped == [100 * piece.count - lines * 80, 0])
        // The next second's is logged again, and what was dropped is evidence all the same.
        output.append(Array("the end\n".utf8)[...], at: start + .seconds(1)) { #expect($0 == "the end") }
        #expect(output.lastLines.count == ChildOutput.evidence.lines)
        #expect(output.lastLines.last == "the end")
        #expect(output.lastLines.first == String(repeating: "x", count: 79))
    }

    /// Swift may print a stack trace after it.
    @Test func theReasonOfATrapIsEvidence() {
        var output = ChildOutput()
        func say(_ text: String) { output.append(Array((text + "\n").utf8)[...], at: start) { _ in } }
        for number in 1...9 { say("line \(number)") }
        say("Swift/ContiguousArrayBuffer.swift:600: Fatal error: Index out of range")
        for frame in 0..<19 { say("frame \(frame)") }
        #expect(output.lastLines.first?.hasSuffix("Fatal error: Index out of range") == true)
        for frame in 19..<40 { say("frame \(frame)") }
        let lines = output.lastLines
        #expect(lines.count == ChildOutput.evidence.lines)
        #expect(lines.prefix(4) == ["line 6", "line 7", "line 8", "line 9"])
        #expect(lines[4].hasSuffix("Fatal error: Index out of range"))
        #expect(lines[5] == "…")
        #expect(lines[6] == "frame 26" && lines.last == "frame 39")
    }

    @Test func evidenceIsBounded() {
        var output = ChildOutput()
        for _ in 0..<10 {
            output.append(Array(String(repeating: "y", count: 100_000).utf8)[...], at: start) { _ in }
        }
        #expect(output.lastLines.map(\.utf8.count) == [ChildOutput.evidence.length])
        output.forgetEvidence()
        #expect(output.lastLines.isEmpty)
    }
}
