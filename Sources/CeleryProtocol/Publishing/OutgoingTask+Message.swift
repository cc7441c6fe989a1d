public import BrokerModel
import JSON

extension OutgoingTask {
    /// The message for a queue. One with a direct exchange is reached by its name through the default exchange, others
    /// through their own exchange (Celery reference, 2.2).
    ///
    /// - Parameter routingKey: for exchanges that are not direct; `nil` is the queue's.
    /// - Throws: `ProtocolError` when the body can't be compressed.
    public func message(
        to queue: QueueTopology,
        routingKey: String? = nil,
        now: Instant,
        isMandatory: Bool = true
    ) throws(ProtocolError) -> OutgoingMessage {
        if let exchange = queue.exchange, exchange.type != .direct {
            return try message(
                exchange: exchange.name,
                routingKey: routingKey ?? queue.routingKey,
                now: now,
                isMandatory: isMandatory
            )
        }
        return try message(exchange: "", routingKey: queue.queue.name, now: now, isMandatory: isMandatory)
    }

    /// The message for an exchange.
    ///
    /// - Throws: `ProtocolError` when the body can't be compressed.
    public func message(
        exchange: String,
        routingKey: String,
        now: Instant,
        isMandatory: Bool = true
    ) throws(ProtocolError) -> OutgoingMessage {
        var table = headerTable()
        var bytes = bodyText()
        if let compression {
            bytes = try compression.compress(bytes)
            table["compression"] = .string(compression.headerValue)
        }
        let properties = MessageProperties(
            contentType: ContentType.json,
            contentEncoding: "utf-8",
            headers: table,
            deliveryMode: deliveryMode,
            priority: priority,
            correlationID: correlationID ?? id,
            replyTo: replyTo ?? "",
            expiration: Expiration.text(until: expires, now: now)
        )
        return OutgoingMessage(
            exchange: exchange,
            routingKey: routingKey,
            properties: properties,
            body: bytes,
            isMandatory: isMandatory
        )
    }

    /// The headers in Celery's order.
    func headerTable() -> FieldTable {
        let reprs = self.reprs()
        var table = FieldTable([
            entry("lang", .string(lang)),
            entry("task", .string(task)),
            entry("id", .string(id)),
            entry("shadow", text(shadow)),
            entry("eta", text(eta?.iso8601(offsetSeconds: utcOffset))),
            entry("expires", text(expires?.iso8601(offsetSeconds: utcOffset))),
            entry("group", text(group)),
            entry("group_index", groupIndex.map(FieldValue.integer) ?? .void),
            entry("retries", .integer(retries)),
            entry("timelimit", .array([FieldValue.seconds(timeLimit), FieldValue.seconds(softTimeLimit)])),
            entry("root_id", .string(rootID ?? id)),
            entry("parent_id", text(parentID)),
            entry("argsrepr", .string(reprs.args)),
            entry("kwargsrepr", .string(reprs.kwargs)),
            entry("origin", .string(origin)),
            entry("ignore_result", ignoreResult.map(FieldValue.bool) ?? .void),
            entry("replaced_task_nesting", .integer(replacedTaskNesting)),
            entry("stamped_headers", stampedHeaders.map { .array($0.map(FieldValue.string)) } ?? .void),
            entry("stamps", .table(stamps)),
        ])
        for header in headers.entries { table[header.name] = header.value }
        return table
    }

    private func entry(_ name: String, _ value: FieldValue) -> FieldTable.Entry {
        FieldTable.Entry(name: name, value: value)
    }

    private func text(_ value: String?) -> FieldValue {
        value.map(FieldValue.string) ?? .void
    }

    private func reprs() -> (args: String, kwargs: String) {
        guard case .call(let args, let kwargs, _) = body else { return (argsRepr ?? "", kwargsRepr ?? "") }
        return (
            argsRepr ?? PythonRepr.safeRepr(args: args),
            kwargsRepr ?? PythonRepr.safeRepr(.object(kwargs))
        )
    }

    private func bodyText() -> [UInt8] {
        switch body {
        case .encoded(let text): text
        case .call(let args, let kwargs, let embed):
            JSONValue.array([.array(args), .object(kwargs), embed.jsonValue]).serialized()
        }
    }
}
