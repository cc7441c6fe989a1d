public import BrokerModel

/// Results as messages to the caller's own queue: the result backend `rpc://` (Celery reference, 5.4).
public enum RPCReply {
    /// The message for a result; `nil` when the caller gave no queue, so that there is nobody to tell.
    ///
    /// It is not mandatory: a caller that went away is no error.
    ///
    /// - Parameters:
    ///   - correlationID: of the task's message; `nil` is the task's id.
    ///   - isPersistent: the setting `result_persistent`.
    public static func message(
        _ meta: ResultMeta,
        replyTo: String?,
        correlationID: String?,
        isPersistent: Bool = false
    ) -> OutgoingMessage? {
        guard let replyTo, !replyTo.isEmpty else { return nil }
        let correlationID = correlationID.flatMap { $0.isEmpty ? nil : $0 } ?? meta.taskID
        return OutgoingMessage(
            exchange: "",
            routingKey: replyTo,
            properties: MessageProperties(
                contentType: ContentType.json,
                contentEncoding: "utf-8",
                headers: [:],
                deliveryMode: isPersistent ? 2 : 1,
                priority: 0,
                correlationID: correlationID
            ),
            body: meta.encoded(),
            isMandatory: false
        )
    }
}
