/// Writes dates and times as Python's `isoformat()` does, digit by digit.
struct DigitWriter {
    private(set) var bytes: [UInt8] = []

    init() {
        bytes.reserveCapacity(32)
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    mutating func append(_ value: PythonDateTime) {
        append(value.date)
        bytes.append(UInt8(ascii: "T"))
        append(value.time)
    }

    mutating func append(_ date: PythonDate) {
        pad(date.year, to: 4)
        bytes.append(UInt8(ascii: "-"))
        pad(date.month, to: 2)
        bytes.append(UInt8(ascii: "-"))
        pad(date.day, to: 2)
    }

    mutating func append(_ time: PythonTime) {
        pad(time.hour, to: 2)
        bytes.append(UInt8(ascii: ":"))
        pad(time.minute, to: 2)
        bytes.append(UInt8(ascii: ":"))
        pad(time.second, to: 2)
        if time.microsecond > 0 {
            bytes.append(UInt8(ascii: "."))
            pad(time.microsecond, to: 6)
        }
        guard let offset = time.utcOffset else { return }
        bytes.append(offset < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+"))
        let seconds = abs(offset)
        pad(seconds / 3600, to: 2)
        bytes.append(UInt8(ascii: ":"))
        pad(seconds / 60 % 60, to: 2)
        if seconds % 60 > 0 {
            bytes.append(UInt8(ascii: ":"))
            pad(seconds % 60, to: 2)
        }
    }

    /// An even number of digits.
    private mutating func pad(_ value: Int, to width: Int) {
        if width > 2 { pad(value / 100, to: width - 2) }
        let pair = UInt8(truncatingIfNeeded: value % 100)
        bytes.append(UInt8(ascii: "0") + pair / 10)
        bytes.append(UInt8(ascii: "0") + pair % 10)
    }
}
