import Logging

/// A line that a child logs.
struct LogLine: Sendable {
    var level: Logger.Level
    var message: String
    var metadata: Logger.Metadata

    /// The longest message, in bytes; more is cut.
    static let maximumLength = 256 << 10
    /// How deep metadata may be nested; what is deeper is sent as text.
    static let maximumDepth = 8

    init(level: Logger.Level, message: String, metadata: Logger.Metadata) {
        self.level = level
        let isLong = message.utf8.count > Self.maximumLength
        self.message = isLong ? String(message.utf8.prefix(Self.maximumLength)) ?? message : message
        self.metadata = metadata
    }
}

extension FrameEncoder {
    mutating func write(_ line: LogLine) {
        write(UInt8(truncatingIfNeeded: Logger.Level.allCases.firstIndex(of: line.level) ?? 0))
        write(line.message)
        write(line.metadata)
    }

    private mutating func write(_ metadata: Logger.Metadata, depth: Int = 0) {
        write(list: metadata) { encoder, entry in
            encoder.write(entry.key)
            encoder.write(entry.value, depth: depth)
        }
    }

    private mutating func write(_ value: Logger.MetadataValue, depth: Int) {
        switch value {
        case .array(let values) where depth < LogLine.maximumDepth:
            write(UInt8(1))
            write(list: values) { $0.write($1, depth: depth + 1) }
        case .dictionary(let values) where depth < LogLine.maximumDepth:
            write(UInt8(2))
            write(values, depth: depth + 1)
        default:
            write(UInt8(0))
            write(value.description)
        }
    }
}

extension FrameDecoder {
    mutating func logLine() throws(FrameError) -> LogLine {
        let number = Int(try byte())
        guard Logger.Level.allCases.indices.contains(number) else {
            throw FrameError("a log line of the unknown level \(number)")
        }
        let message = try text()
        return LogLine(level: Logger.Level.allCases[number], message: message, metadata: try metadata())
    }

    private mutating func metadata() throws(FrameError) -> Logger.Metadata {
        let entries = try list { decoder throws(FrameError) in
            let key = try decoder.text()
            return (key, try decoder.metadataValue())
        }
        return Logger.Metadata(entries) { $1 }
    }

    private mutating func metadataValue() throws(FrameError) -> Logger.MetadataValue {
        let tag = try byte()
        switch tag {
        case 0: return .string(try text())
        case 1: return .array(try list { decoder throws(FrameError) in try decoder.metadataValue() })
        case 2: return .dictionary(try metadata())
        default: throw FrameError("metadata of the unknown kind \(tag)")
        }
    }
}
