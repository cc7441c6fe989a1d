/// A key as a terminal sends it.
enum Key: Sendable, Hashable {
    case character(Character)
    case up, down, pageUp, pageDown, home, end, enter, escape

    /// Reads what arrived at once. An escape that is followed by nothing is the key itself; other sequences are left out.
    static func read(_ bytes: [UInt8]) -> [Key] {
        var keys: [Key] = []
        var rest = bytes[...]
        while let first = rest.first {
            if first == 0x1B {
                rest.removeFirst()
                if let key = sequence(&rest) { keys.append(key) }
                continue
            }
            let length = max(1, min(rest.count, (~first).leadingZeroBitCount))
            let text = String(decoding: rest.prefix(length), as: UTF8.self)
            rest = rest.dropFirst(length)
            switch first {
            case 0x0A, 0x0D: keys.append(.enter)
            case 0..<0x20, 0x7F: continue
            default: if let character = text.first { keys.append(.character(character)) }
            }
        }
        return keys
    }

    /// What follows an escape: `[A`, `OA`, `[5~`.
    private static func sequence(_ rest: inout ArraySlice<UInt8>) -> Key? {
        guard let first = rest.first, first == UInt8(ascii: "[") || first == UInt8(ascii: "O") else { return .escape }
        rest.removeFirst()
        var parameter: [UInt8] = []
        while let byte = rest.first, !(0x40...0x7E).contains(byte) {
            parameter.append(byte)
            rest.removeFirst()
        }
        guard let final = rest.popFirst() else { return nil }
        switch (final, String(decoding: parameter, as: UTF8.self)) {
        case (UInt8(ascii: "A"), _): return .up
        case (UInt8(ascii: "B"), _): return .down
        case (UInt8(ascii: "H"), _), (UInt8(ascii: "~"), "1"): return .home
        case (UInt8(ascii: "F"), _), (UInt8(ascii: "~"), "4"): return .end
        case (UInt8(ascii: "~"), "5"): return .pageUp
        case (UInt8(ascii: "~"), "6"): return .pageDown
        default: return nil
        }
    }
}
