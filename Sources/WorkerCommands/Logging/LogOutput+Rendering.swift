import Logging
import Platform

extension LogOutput {
    /// `[2026-11-23 02:00:41,306: INFO/MainProcess] name[id]: message key=value`.
    func text(
        _ event: LogEvent,
        _ metadata: Logger.Metadata,
        _ time: WallClock,
        _ cache: CachedSecond
    ) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(256)
        line.append(UInt8(ascii: "["))
        line += cache.date.utf8
        line.append(UInt8(ascii: ","))
        Self.append(milliseconds: time.milliseconds, to: &line)
        line += ": ".utf8
        line += event.level.celeryName.utf8
        line.append(UInt8(ascii: "/"))
        line += processName.utf8
        line += "] ".utf8
        let color = isColored ? event.level.color : nil
        if let color { line += color.utf8 }
        var others = metadata
        if !metadata.isEmpty, let name = metadata["task_name"], let id = metadata["task_id"] {
            line += "\(name)[\(id)]: ".utf8
            others["task_name"] = nil
            others["task_id"] = nil
        }
        line += event.message.description.utf8
        for (key, value) in others.sorted(by: { $0.key < $1.key }) { line += " \(key)=\(value)".utf8 }
        if let error = event.error { line += " error=\(error)".utf8 }
        if color != nil { line += "\u{1b}[0m".utf8 }
        line.append(UInt8(ascii: "\n"))
        return line
    }

    /// `{"timestamp": …, "level": …, "process": …, "message": …, "metadata": {…}}`.
    func json(
        _ event: LogEvent,
        _ metadata: Logger.Metadata,
        _ time: WallClock,
        _ cache: CachedSecond
    ) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(256)
        line += "{\"timestamp\":\"".utf8
        line += cache.date.utf8.map { $0 == UInt8(ascii: " ") ? UInt8(ascii: "T") : $0 }
        line.append(UInt8(ascii: "."))
        Self.append(milliseconds: time.milliseconds, to: &line)
        line += cache.offset.utf8
        line += "\",\"level\":\"".utf8
        line += event.level.celeryName.utf8
        line += "\",\"process\":".utf8
        JSONText.append(processName, to: &line)
        line += ",\"message\":".utf8
        JSONText.append(event.message.description, to: &line)
        if let error = event.error {
            line += ",\"error\":".utf8
            JSONText.append("\(error)", to: &line)
        }
        if !metadata.isEmpty {
            line += ",\"metadata\":".utf8
            Self.append(.dictionary(metadata), to: &line)
        }
        line += "}\n".utf8
        return line
    }

    private static func append(milliseconds: Int, to line: inout [UInt8]) {
        for divisor in [100, 10, 1] { line.append(UInt8(ascii: "0") + UInt8(milliseconds / divisor % 10)) }
    }

    private static func append(_ value: Logger.MetadataValue, to line: inout [UInt8]) {
        switch value {
        case .string(let text): JSONText.append(text, to: &line)
        case .stringConvertible(let value): JSONText.append(value.description, to: &line)
        case .array(let values):
            line.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { line.append(UInt8(ascii: ",")) }
                append(value, to: &line)
            }
            line.append(UInt8(ascii: "]"))
        case .dictionary(let values):
            line.append(UInt8(ascii: "{"))
            for (index, (key, value)) in values.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { line.append(UInt8(ascii: ",")) }
                JSONText.append(key, to: &line)
                line.append(UInt8(ascii: ":"))
                append(value, to: &line)
            }
            line.append(UInt8(ascii: "}"))
        }
    }
}
