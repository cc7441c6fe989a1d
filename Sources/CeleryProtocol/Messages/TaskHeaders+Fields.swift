import BrokerModel

extension TaskHeaders {
    /// Takes one entry of the header table. One switch per entry and no dictionary: this runs for every message.
    mutating func set(_ field: HeaderField, _ entry: FieldTable.Entry) throws(InvalidMessage) {
        let value = entry.value
        switch field {
        case .lang: lang = value.text
        case .task: task = try TaskHeaders.identity(entry) ?? ""
        case .id: id = try TaskHeaders.identity(entry) ?? ""
        case .shadow: shadow = value.text
        case .eta: eta = try TaskHeaders.time(value, .invalidETA, "ETA")
        case .expires: expires = try TaskHeaders.time(value, .invalidExpires, "expires")
        case .group: group = try TaskHeaders.identity(entry)
        case .groupIndex: groupIndex = try TaskHeaders.count(entry)
        case .retries: retries = try TaskHeaders.count(entry) ?? 0
        case .timeLimit: try setTimeLimits(entry)
        case .rootID: rootID = try TaskHeaders.identity(entry)
        case .parentID: parentID = try TaskHeaders.identity(entry)
        case .argsRepr: argsRepr = value.text
        case .kwargsRepr: kwargsRepr = value.text
        case .origin: origin = value.text
        case .ignoreResult: ignoreResult = value.bool ?? value.integer.map { $0 != 0 }
        case .replacedTaskNesting: replacedTaskNesting = value.integer ?? 0
        case .stampedHeaders: stampedHeaders = value.texts
        case .stamps: if case .table(let table) = value { stamps = table }
        case .compression: compression = value.text
        }
    }

    private mutating func setTimeLimits(_ entry: FieldTable.Entry) throws(InvalidMessage) {
        if entry.value.isVoid { return }
        guard case .array(let limits) = entry.value else { throw TaskHeaders.invalid(entry) }
        if limits.isEmpty { return }
        guard limits.count == 2 else { throw TaskHeaders.invalid(entry) }
        guard limits.allSatisfy({ $0.isVoid || $0.number?.isFinite == true }) else { throw TaskHeaders.invalid(entry) }
        timeLimit = limits[0].number
        softTimeLimit = limits[1].number
    }

    /// A name or an id: a text, or nothing.
    private static func identity(_ entry: FieldTable.Entry) throws(InvalidMessage) -> String? {
        if let text = entry.value.text { return text }
        guard entry.value.isVoid else { throw invalid(entry) }
        return nil
    }

    private static func count(_ entry: FieldTable.Entry) throws(InvalidMessage) -> Int? {
        if let integer = entry.value.integer { return integer }
        if let number = entry.value.number, let integer = Int(exactly: number) { return integer }
        guard entry.value.isVoid else { throw invalid(entry) }
        return nil
    }

    /// A time as text. What Python takes for false (an empty text, zero) is no time.
    private static func time(
        _ value: FieldValue,
        _ code: InvalidMessage.Code,
        _ name: String
    ) throws(InvalidMessage) -> Instant? {
        if value.isVoid || value.bool == false || value.number == 0 { return nil }
        guard let text = value.text else {
            throw InvalidMessage(code, "invalid \(name) value \(PythonRepr.text(of: value)): not a text")
        }
        return try time(text, code, name)
    }

    static func time(
        _ text: String,
        _ code: InvalidMessage.Code,
        _ name: String
    ) throws(InvalidMessage) -> Instant? {
        if text.isEmpty { return nil }
        guard let instant = Instant(iso8601: text) else {
            let shown = PythonRepr.quoted(String(text.prefix(128)))
            throw InvalidMessage(code, "invalid \(name) value \(shown): not an ISO-8601 time")
        }
        return instant
    }

    private static func invalid(_ entry: FieldTable.Entry) -> InvalidMessage {
        InvalidMessage(.invalidField, "invalid \(entry.name) value \(PythonRepr.text(of: entry.value))")
    }
}

extension FieldValue {
    /// The text of a string, or of bytes that are UTF-8: py-amqp does not tell the two apart.
    var text: String? {
        switch self {
        case .string(let text): text
        case .bytes(let bytes): String(validating: bytes, as: UTF8.self)
        default: nil
        }
    }

    /// The texts of an array that holds nothing else.
    var texts: [String]? {
        guard case .array(let elements) = self else { return nil }
        let texts = elements.compactMap(\.text)
        return texts.count == elements.count ? texts : nil
    }
}
