import CJansson

/// One run of jansson over a text, and a second one over its rewritten form where the first fails.
struct Parser {
    let text: UnsafeBufferPointer<UInt8>
    let limits: JSONLimits

    func parse() -> Result<(JanssonPointer, StandIns?), JSONError> {
        guard !text.isEmpty else {
            return .failure(JSONError(code: .emptyText, message: "the text is empty", line: 1, column: 0))
        }
        if let found = excess() { return .failure(error(found.code, found.message, at: found.offset)) }
        var fault = json_error_t()
        if let root = load(text, &fault) { return .success((root, nil)) }

        switch json_error_code(&fault) {
        case json_error_invalid_syntax, json_error_numeric_overflow, json_error_null_byte_in_key:
            var lenient = LenientText(text, limits: limits)
            switch lenient.rewrite() {
            case .failure(let failure): return .failure(error(failure.code, failure.message, at: failure.offset))
            case .success(false): return .failure(error(fault, at: Int(fault.position)))
            case .success(true): break
            }
            if let root = lenient.output.withUnsafeBufferPointer({ load($0, &fault) }) {
                return .success((root, lenient.standIns))
            }
            return .failure(error(fault, at: lenient.sourceOffset(of: Int(fault.position))))
        default:
            return .failure(error(fault, at: Int(fault.position)))
        }
    }

    private func load(_ text: UnsafeBufferPointer<UInt8>, _ fault: inout json_error_t) -> JanssonPointer? {
        UnsafeRawBufferPointer(text).withMemoryRebound(to: CChar.self) {
            json_loadb($0.baseAddress, $0.count, Int(JSON_ALLOW_NUL | JSON_DECODE_ANY), &fault)
        }
    }

    /// Where the text passes a limit, before jansson takes memory for it.
    private func excess() -> (code: JSONError.Code, message: String, offset: Int)? {
        guard text.count >= min(limits.maxDepth, limits.maxValues) else { return nil }
        // `[` and `{` differ in one bit. Fewer marks than a limit can't pass it, strings looked into or not.
        var brackets = 0
        var commas = 0
        for byte in text {
            if byte | 0x20 == UInt8(ascii: "{") { brackets += 1 }
            if byte == UInt8(ascii: ",") { commas += 1 }
        }
        guard brackets > limits.maxDepth || brackets + commas >= limits.maxValues else { return nil }

        // Each value but the outermost is the first in its brackets or stands behind a comma.
        var (depth, values) = (0, 1)
        var offset = 0
        while offset < text.count {
            switch text[offset] {
            case UInt8(ascii: "\""): offset = endOfString(text, from: offset) - 1
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                values += 1
                if depth > limits.maxDepth { return (.tooDeep, "nested deeper than \(limits.maxDepth)", offset) }
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            case UInt8(ascii: ","): values += 1
            default: break
            }
            if values > limits.maxValues { return (.tooManyValues, "more than \(limits.maxValues) values", offset) }
            offset += 1
        }
        return nil
    }

    private func error(_ fault: json_error_t, at offset: Int) -> JSONError {
        var fault = fault
        let number = json_error_code(&fault)
        let code: JSONError.Code =
            switch number {
            case json_error_invalid_utf8: .invalidUTF8
            case json_error_premature_end_of_input: isBlank ? .emptyText : .truncatedText
            case json_error_end_of_input_expected: .trailingText
            case json_error_stack_overflow: .tooDeep
            case json_error_out_of_memory: .outOfMemory
            default: .invalidSyntax
            }
        var message = withUnsafeBytes(of: &fault.text) { text in
            // The last byte holds the code.
            String(decoding: text.dropLast().prefix { $0 != 0 }, as: UTF8.self)
        }
        // What jansson quotes may be a rewritten text, or half a character; the position says enough.
        if let near = message.utf8.indices.first(where: { message[$0...].hasPrefix(" near ") }) {
            message = String(message[..<near])
        }
        var result = error(code, message, at: offset)
        result.janssonCode = Int32(bitPattern: number.rawValue)
        return result
    }

    private var isBlank: Bool { text.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D } }

    private func error(_ code: JSONError.Code, _ message: String, at offset: Int) -> JSONError {
        var line = 1
        var column = 0
        for byte in text.prefix(max(offset, 0)) {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 0
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        return JSONError(code: code, message: message, line: line, column: column)
    }
}

/// The offset behind the closing quote of the string that starts at `start`, or the end of the text.
func endOfString(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    var offset = start + 1
    while offset < text.count {
        switch text[offset] {
        case UInt8(ascii: "\\"): offset += 2
        case UInt8(ascii: "\""): return offset + 1
        default: offset += 1
        }
    }
    return text.count
}
