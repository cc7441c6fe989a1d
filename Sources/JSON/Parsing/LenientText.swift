/// A text in Python's dialect of JSON, rewritten with stand-ins so that jansson takes it.
///
/// It judges no grammar: what it does not know it copies, and jansson finds the fault.
struct LenientText {
    struct Failure: Error {
        var code: JSONError.Code
        var message: String
        var offset: Int
    }

    let standIns = StandIns()
    private(set) var output: [UInt8] = []
    private let text: UnsafeBufferPointer<UInt8>
    private let limits: JSONLimits
    /// Where, after each change, the output goes on in step with the source.
    private var changes: [(output: Int, source: Int)] = []

    init(_ text: UnsafeBufferPointer<UInt8>, limits: JSONLimits) {
        self.text = text
        self.limits = limits
    }

    /// Fills `output`; false when there was nothing to change.
    mutating func rewrite() -> Result<Bool, Failure> {
        output.reserveCapacity(text.count + 256)
        var offset = 0
        while offset < text.count {
            let end: Int
            switch text[offset] {
            case UInt8(ascii: "\""):
                end = endOfString(text, from: offset)
                rewriteString(offset..<end)
            case UInt8(ascii: "N"):
                end = rewriteWord("NaN", at: offset)
            case UInt8(ascii: "I"):
                end = rewriteWord("Infinity", at: offset)
            case UInt8(ascii: "-") where offset + 1 < text.count && text[offset + 1] == UInt8(ascii: "I"):
                end = rewriteWord("-Infinity", at: offset)
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                end = endOfNumber(from: offset)
                if let failure = rewriteNumber(offset..<end) { return .failure(failure) }
            case let byte:
                end = offset + 1
                output.append(byte)
            }
            offset = end
        }
        return .success(!changes.isEmpty)
    }

    /// Where in the source an offset of the output lies.
    func sourceOffset(of offset: Int) -> Int {
        guard let change = changes.last(where: { $0.output <= offset }) else { return min(offset, text.count) }
        return min(change.source + offset - change.output, text.count)
    }

    private mutating func copy(_ range: Range<Int>) { output += text[range] }

    private mutating func noteChange(endingAt source: Int) { changes.append((output.count, source)) }

    private mutating func putNumber(_ name: some Sequence<UInt8>, endingAt source: Int) {
        output.append(UInt8(ascii: "\""))
        output += standIns.markBytes
        output += name
        output.append(UInt8(ascii: "\""))
        noteChange(endingAt: source)
    }

    /// A number or word before a colon would be taken for a member name once it is a string.
    private func isBeforeColon(_ offset: Int) -> Bool {
        let next = text[offset...].first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
        return next == UInt8(ascii: ":")
    }

    private mutating func rewriteWord(_ word: StaticString, at offset: Int) -> Int {
        let bytes = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        let end = offset + bytes.count
        guard text[offset...].starts(with: bytes), !isBeforeColon(end) else {
            output.append(text[offset])
            return offset + 1
        }
        putNumber(bytes, endingAt: end)
        return end
    }

    // MARK: Numbers

    private func endOfNumber(from start: Int) -> Int {
        text[start...].firstIndex { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
                UInt8(ascii: "e"), UInt8(ascii: "E"):
                false
            default: true
            }
        } ?? text.count
    }

    private mutating func rewriteNumber(_ range: Range<Int>) -> Failure? {
        // Shorter ones overflow neither 64 bits nor, without an exponent, a double.
        let number = text[range]
        let isNegative = number.first == UInt8(ascii: "-")
        let digits = isNegative ? number.dropFirst() : number
        if digits.allSatisfy(isDigit) {
            guard digits.count > 18, digits.first != UInt8(ascii: "0"), !isBeforeColon(range.upperBound) else {
                copy(range)
                return nil
            }
            guard digits.count <= limits.maxIntegerDigits else {
                let message = "an integer of more than \(limits.maxIntegerDigits) digits"
                return Failure(code: .tooManyDigits, message: message, offset: range.upperBound)
            }
            if Int64(String(decoding: number, as: UTF8.self)) == nil {
                putNumber(number, endingAt: range.upperBound)
                return nil
            }
        } else if Self.isReal(digits), Double(String(decoding: digits, as: UTF8.self)) == .infinity,
            !isBeforeColon(range.upperBound)
        {
            putNumber((isNegative ? "-Infinity" : "Infinity").utf8, endingAt: range.upperBound)
            return nil
        }
        copy(range)
        return nil
    }

    /// Whether JSON's grammar allows a real without its sign.
    private static func isReal(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        let whole = text.prefix(while: isDigit)
        guard whole.count == 1 || (whole.count > 1 && whole.first != UInt8(ascii: "0")) else { return false }
        var rest = text[whole.endIndex...]
        if rest.first == UInt8(ascii: ".") {
            let fraction = rest.dropFirst().prefix(while: isDigit)
            guard !fraction.isEmpty else { return false }
            rest = rest[fraction.endIndex...]
        }
        guard let letter = rest.first else { return true }
        guard letter | 0x20 == UInt8(ascii: "e") else { return false }
        rest = rest.dropFirst()
        if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        return !rest.isEmpty && rest.allSatisfy(isDigit)
    }

    // MARK: Strings

    private mutating func rewriteString(_ range: Range<Int>) {
        var offset = range.lowerBound
        var copied = offset
        let isName = isBeforeColon(range.upperBound)
        while offset < range.upperBound {
            guard text[offset] == UInt8(ascii: "\\") else {
                offset += 1
                continue
            }
            guard let unit = escapedUnit(at: offset) else {
                offset += 2
                continue
            }
            if unit == 0, isName {
                copy(copied..<offset)
                output += standIns.markBytes
            } else if 0xD800..<0xDC00 ~= unit, let low = escapedUnit(at: offset + 6), 0xDC00..<0xE000 ~= low {
                offset += 12
                continue
            } else if 0xD800..<0xE000 ~= unit {
                copy(copied..<offset)
                output += "\\ufffd".utf8
            } else {
                offset += 6
                continue
            }
            offset += 6
            copied = offset
            noteChange(endingAt: offset)
        }
        copy(copied..<range.upperBound)
    }

    /// The UTF-16 unit of a `\uXXXX` at `offset`.
    private func escapedUnit(at offset: Int) -> UInt16? {
        guard offset + 6 <= text.count, text[offset] == UInt8(ascii: "\\"), text[offset + 1] == UInt8(ascii: "u") else {
            return nil
        }
        var unit: UInt16 = 0
        for byte in text[offset + 2..<offset + 6] {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): unit = unit << 4 | UInt16(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): unit = unit << 4 | UInt16(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): unit = unit << 4 | UInt16(byte - UInt8(ascii: "A") + 10)
            default: return nil
            }
        }
        return unit
    }
}

private func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
