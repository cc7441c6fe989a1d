import BrokerModel
import CRabbitMQ

/// Reads basic properties; keeps the texts that repeat from message to message.
struct PropertiesDecoder {
    private var contentType = StringMemo()
    private var replyTo = StringMemo()

    /// - Throws: `malformedMessage` when the headers can't be read.
    mutating func properties(_ source: borrowing amqp_basic_properties_t) throws(AMQPError) -> MessageProperties {
        let flags = source._flags
        func has(_ flag: Int32) -> Bool { flags & amqp_flags_t(flag) != 0 }
        func has(_ flag: amqp_flags_t) -> Bool { flags & flag != 0 }
        var result = MessageProperties()
        if has(AMQP_BASIC_CONTENT_TYPE_FLAG) { result.contentType = contentType.string(source.content_type) }
        if has(AMQP_BASIC_CONTENT_ENCODING_FLAG) { result.contentEncoding = String(amqp: source.content_encoding) }
        if has(AMQP_BASIC_HEADERS_FLAG) {
            var decoder = FieldDecoder()
            result.headers = try decoder.table(source.headers)
        }
        if has(AMQP_BASIC_DELIVERY_MODE_FLAG) { result.deliveryMode = source.delivery_mode }
        if has(AMQP_BASIC_PRIORITY_FLAG) { result.priority = source.priority }
        if has(AMQP_BASIC_CORRELATION_ID_FLAG) { result.correlationID = String(amqp: source.correlation_id) }
        if has(AMQP_BASIC_REPLY_TO_FLAG) { result.replyTo = replyTo.string(source.reply_to) }
        if has(AMQP_BASIC_EXPIRATION_FLAG) { result.expiration = String(amqp: source.expiration) }
        if has(AMQP_BASIC_MESSAGE_ID_FLAG) { result.messageID = String(amqp: source.message_id) }
        if has(AMQP_BASIC_TIMESTAMP_FLAG) { result.timestamp = source.timestamp }
        if has(AMQP_BASIC_TYPE_FLAG) { result.type = String(amqp: source.type) }
        if has(AMQP_BASIC_USER_ID_FLAG) { result.userID = String(amqp: source.user_id) }
        if has(AMQP_BASIC_APP_ID_FLAG) { result.appID = String(amqp: source.app_id) }
        if has(AMQP_BASIC_CLUSTER_ID_FLAG) { result.clusterID = String(amqp: source.cluster_id) }
        return result
    }
}
