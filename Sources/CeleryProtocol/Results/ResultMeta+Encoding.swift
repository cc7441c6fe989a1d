import JSON
import OrderedCollections

extension ResultMeta {
    /// The text that Celery's JSON serializer gives, byte for byte, in one buffer.
    public func encoded() -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(256 + result.bytes.count + (traceback?.utf8.count ?? 0))
        JSONText.append(raw: "{\"status\": ", to: &text)
        JSONText.append(status, to: &text)
        JSONText.append(raw: ", \"result\": ", to: &text)
        text.append(contentsOf: result.bytes)
        append("traceback", traceback, to: &text)
        JSONText.append(raw: ", \"children\": ", to: &text)
        if let children {
            JSONText.append(children, to: &text)
        } else {
            JSONText.append(raw: "null", to: &text)
        }
        JSONText.append(raw: ", \"date_done\": ", to: &text)
        appendDate(to: &text)
        if let groupID, !groupID.isEmpty { append("group_id", groupID, to: &text) }
        if let parentID, !parentID.isEmpty { append("parent_id", parentID, to: &text) }
        if let extended { append(extended, to: &text) }
        append("task_id", taskID, to: &text)
        text.append(UInt8(ascii: "}"))
        return text
    }

    private func appendDate(to text: inout [UInt8]) {
        guard let dateDone, TaskState.isReady(status) else {
            JSONText.append(raw: "null", to: &text)
            return
        }
        var writer = DigitWriter()
        writer.append(dateDone, offsetSeconds: utcOffset)
        text.append(UInt8(ascii: "\""))
        text.append(contentsOf: writer.bytes)
        text.append(UInt8(ascii: "\""))
    }

    private func append(_ extended: Extended, to text: inout [UInt8]) {
        append("name", extended.name, to: &text)
        JSONText.append(raw: ", \"args\": ", to: &text)
        text.append(contentsOf: extended.args.bytes)
        JSONText.append(raw: ", \"kwargs\": ", to: &text)
        text.append(contentsOf: extended.kwargs.bytes)
        append("worker", extended.worker, to: &text)
        JSONText.append(raw: ", \"retries\": \(extended.retries)", to: &text)
        append("queue", extended.queue, to: &text)
        guard !extended.stamps.isEmpty else { return }
        JSONText.append(raw: ", \"stamped_headers\": ", to: &text)
        JSONText.append(extended.stampedHeaders.map(JSONValue.string), to: &text)
        for (name, value) in extended.stamps where extended.stampedHeaders.contains(name) {
            JSONText.append(raw: ", ", to: &text)
            JSONText.append(name, to: &text)
            JSONText.append(raw: ": ", to: &text)
            JSONText.append(value, to: &text)
        }
    }

    private func append(_ name: String, _ value: String?, to text: inout [UInt8]) {
        JSONText.append(raw: ", \"", to: &text)
        JSONText.append(raw: name, to: &text)
        JSONText.append(raw: "\": ", to: &text)
        if let value {
            JSONText.append(value, to: &text)
        } else {
            JSONText.append(raw: "null", to: &text)
        }
    }
}
