import BrokerModel
import JSON

/// The header table of a retried message: Celery's fields in Celery's order, then the caller's own headers.
struct RetryHeaders {
    let message: RetryMessage
    /// The message's, those of a hybrid's body included.
    let headers: TaskHeaders
    let payload: TaskPayload?

    private var changes: RetryChanges { message.changes }

    func table() -> FieldTable {
        var entries: [FieldTable.Entry] = []
        func append(_ name: String, _ value: FieldValue) { entries.append(FieldTable.Entry(name: name, value: value)) }
        append("lang", kept("lang") ?? .string(headers.lang ?? "py"))
        append("task", .string(headers.task))
        append("id", .string(headers.id))
        append("shadow", kept("shadow") ?? text(headers.shadow))
        append("eta", text(changes.eta?.iso8601(offsetSeconds: message.utcOffset)))
        append("expires", expires)
        append("group", kept("group") ?? text(headers.group))
        append("group_index", kept("group_index") ?? headers.groupIndex.map(FieldValue.integer) ?? .void)
        // The count is the message's word: it may be the largest number.
        append("retries", .integer(headers.retries < .max ? headers.retries + 1 : .max))
        append("timelimit", timeLimit)
        append("root_id", .string(headers.rootID.nonEmpty ?? headers.id))
        // The task itself is who publishes.
        append("parent_id", .string(headers.parentID.nonEmpty ?? headers.id))
        append("argsrepr", .string(argsRepr))
        append("kwargsrepr", .string(kwargsRepr))
        append("origin", .string(headers.origin.nonEmpty ?? message.origin))
        append("ignore_result", (headers.ignoreResult ?? message.ignoreResult).map(FieldValue.bool) ?? .void)
        append("replaced_task_nesting", .integer(headers.replacedTaskNesting))
        append("stamped_headers", headers.stampedHeaders.map { .array($0.map(FieldValue.string)) } ?? .void)
        append("stamps", .table(stamps))
        entries += headers.raw.withoutDeathHeaders().entries.filter { entry in
            (HeaderField(name: entry.name) == nil || entry.name == "compression") && changes.headers[entry.name] == nil
        }
        entries += changes.headers.entries
        return FieldTable(entries)
    }

    /// A field as it stands in the message, so that its exact text and width survive.
    private func kept(_ name: String) -> FieldValue? {
        guard let value = headers.raw[name], !value.isVoid else { return nil }
        return value
    }

    private var expires: FieldValue {
        if let expires = changes.expires { return .string(expires.iso8601(offsetSeconds: message.utcOffset)) }
        // Its own words, for example without a zone; of protocol 1 and hybrids they are in the body.
        return kept("expires") ?? text(payload?.document.root["expires"]?.string)
    }

    private var timeLimit: FieldValue {
        if changes.timeLimit == nil, changes.softTimeLimit == nil, let kept = kept("timelimit") { return kept }
        let hard = changes.timeLimit ?? headers.timeLimit
        let soft = changes.softTimeLimit ?? headers.softTimeLimit
        return .array([FieldValue.seconds(hard), FieldValue.seconds(soft)])
    }

    /// The stamps that the list of their names has.
    private var stamps: FieldTable {
        let names = headers.stampedHeaders ?? []
        return FieldTable(headers.stamps.entries.filter { names.contains($0.name) })
    }

    private var argsRepr: String {
        if let args = changes.args { return PythonRepr.safeRepr(args: args) }
        // That of a message of protocol 1 was computed here, as a list.
        let given = headers.version == .one ? nil : headers.argsRepr
        return given ?? payload.map { PythonRepr.safeRepr(args: $0.args) } ?? "()"
    }

    private var kwargsRepr: String {
        if let kwargs = changes.kwargs { return PythonRepr.safeRepr(.object(kwargs)) }
        return headers.kwargsRepr ?? payload.map { PythonRepr.safeRepr($0.kwargs) } ?? "{}"
    }

    private func text(_ value: String?) -> FieldValue {
        value.map(FieldValue.string) ?? .void
    }
}

extension FieldValue {
    /// Whole seconds as an integer, as a Python producer gives them; void for none.
    static func seconds(_ value: Double?) -> FieldValue {
        guard let value else { return .void }
        return Int(exactly: value).map(FieldValue.integer) ?? .double(value)
    }
}

extension String? {
    /// The text, unless there is none or it is empty: Python takes both for nothing.
    var nonEmpty: String? {
        guard let self, !self.isEmpty else { return nil }
        return self
    }
}
