import BrokerModel
public import JSON

extension TaskHeaders {
    /// Reads the metadata in the body of a protocol 1 message.
    init(protocolOne body: JSONNode, task: String, raw: FieldTable) throws(InvalidMessage) {
        self.init(task: task, id: "", version: .one, raw: raw)
        guard let id = try TaskHeaders.identity(body, "id") else {
            throw InvalidMessage(.missingID, "task message has no id")
        }
        self.id = id
        try takeCommonFields(body)
        // `taskset` is the older name, and wins wherever it is present.
        group = try TaskHeaders.identity(body, body["taskset"] == nil ? "group" : "taskset")
        groupIndex = try TaskHeaders.count(body, "group_index")
        // The context of a protocol 1 task has neither.
        rootID = nil
        parentID = nil
    }

    /// Fills in what a hybrid message's headers leave out from its body.
    ///
    /// - Throws: `InvalidMessage` when a field that matters can't be read.
    public mutating func adoptHybridDefaults(_ body: JSONNode) throws(InvalidMessage) {
        var defaults = TaskHeaders(task: task, id: id)
        try defaults.takeCommonFields(body)
        defaults.group = try TaskHeaders.identity(body, "group")
        func isMissing(_ name: String) -> Bool { raw[name] == nil }
        if isMissing("lang") { lang = defaults.lang }
        if isMissing("shadow") { shadow = defaults.shadow }
        if isMissing("eta") { eta = defaults.eta }
        if isMissing("expires") { expires = defaults.expires }
        if isMissing("group") { group = defaults.group }
        if isMissing("retries") { retries = defaults.retries }
        if isMissing("root_id") { rootID = defaults.rootID }
        if isMissing("parent_id") { parentID = defaults.parentID }
        if isMissing("argsrepr") { argsRepr = defaults.argsRepr }
        if isMissing("kwargsrepr") { kwargsRepr = defaults.kwargsRepr }
        if isMissing("origin") { origin = defaults.origin }
        if isMissing("timelimit") {
            timeLimit = defaults.timeLimit
            softTimeLimit = defaults.softTimeLimit
        }
    }

    private mutating func takeCommonFields(_ body: JSONNode) throws(InvalidMessage) {
        lang = body["lang"]?.string
        shadow = body["shadow"]?.string
        argsRepr = body["argsrepr"]?.string
        kwargsRepr = body["kwargsrepr"]?.string
        origin = body["origin"]?.string
        rootID = try TaskHeaders.identity(body, "root_id")
        parentID = try TaskHeaders.identity(body, "parent_id")
        retries = try TaskHeaders.count(body, "retries") ?? 0
        eta = try TaskHeaders.time(body, "eta", .invalidETA, "ETA")
        expires = try TaskHeaders.time(body, "expires", .invalidExpires, "expires")
        if let limits = body["timelimit"], !limits.isNull, limits.count > 0 {
            guard limits.kind == .array, limits.count == 2 else { throw TaskHeaders.invalid("timelimit") }
            timeLimit = try TaskHeaders.seconds(limits[0])
            softTimeLimit = try TaskHeaders.seconds(limits[1])
        }
    }

    private static func identity(_ body: JSONNode, _ key: String) throws(InvalidMessage) -> String? {
        guard let node = body[key], !node.isNull else { return nil }
        guard let text = node.string else { throw invalid(key) }
        return text
    }

    private static func count(_ body: JSONNode, _ key: String) throws(InvalidMessage) -> Int? {
        guard let node = body[key], !node.isNull else { return nil }
        guard let value = node.integer else { throw invalid(key) }
        return Int(value)
    }

    private static func seconds(_ node: JSONNode?) throws(InvalidMessage) -> Double? {
        guard let node, !node.isNull else { return nil }
        guard let seconds = node.double, seconds.isFinite else { throw invalid("timelimit") }
        return seconds
    }

    private static func time(
        _ body: JSONNode,
        _ key: String,
        _ code: InvalidMessage.Code,
        _ name: String
    ) throws(InvalidMessage) -> Instant? {
        guard let node = body[key], !node.isNull else { return nil }
        guard let text = node.string else { throw InvalidMessage(code, "invalid \(name) value: not a text") }
        return try time(text, code, name)
    }

    private static func invalid(_ key: String) -> InvalidMessage {
        InvalidMessage(.invalidField, "invalid \(key) value")
    }
}
