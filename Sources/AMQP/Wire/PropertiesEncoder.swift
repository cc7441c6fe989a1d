import BrokerModel
import CRabbitMQ

/// Turns basic properties into librabbitmq's, in the memory of an arena.
enum PropertiesEncoder {
    /// - Throws: `invalidArgument` when a text or table does not fit the wire.
    static func encode(
        _ source: MessageProperties,
        in arena: ScratchArena
    ) throws(AMQPError) -> amqp_basic_properties_t {
        var target = amqp_basic_properties_t()
        var flags: amqp_flags_t = 0
        if let value = source.contentType {
            target.content_type = try arena.shortString(value, "the content type")
            flags |= amqp_flags_t(AMQP_BASIC_CONTENT_TYPE_FLAG)
        }
        if let value = source.contentEncoding {
            target.content_encoding = try arena.shortString(value, "the content encoding")
            flags |= amqp_flags_t(AMQP_BASIC_CONTENT_ENCODING_FLAG)
        }
        if let value = source.headers {
            var encoder = FieldEncoder(arena: arena)
            target.headers = try encoder.table(value)
            flags |= amqp_flags_t(AMQP_BASIC_HEADERS_FLAG)
        }
        if let value = source.deliveryMode {
            target.delivery_mode = value
            flags |= amqp_flags_t(AMQP_BASIC_DELIVERY_MODE_FLAG)
        }
        if let value = source.priority {
            target.priority = value
            flags |= amqp_flags_t(AMQP_BASIC_PRIORITY_FLAG)
        }
        if let value = source.correlationID {
            target.correlation_id = try arena.shortString(value, "the correlation id")
            flags |= amqp_flags_t(AMQP_BASIC_CORRELATION_ID_FLAG)
        }
        if let value = source.replyTo {
            target.reply_to = try arena.shortString(value, "the reply-to name")
            flags |= amqp_flags_t(AMQP_BASIC_REPLY_TO_FLAG)
        }
        if let value = source.expiration {
            target.expiration = try arena.shortString(value, "the expiration")
            flags |= amqp_flags_t(AMQP_BASIC_EXPIRATION_FLAG)
        }
        if let value = source.messageID {
            target.message_id = try arena.shortString(value, "the message id")
            flags |= amqp_flags_t(AMQP_BASIC_MESSAGE_ID_FLAG)
        }
        if let value = source.timestamp {
            target.timestamp = value
            flags |= amqp_flags_t(AMQP_BASIC_TIMESTAMP_FLAG)
        }
        if let value = source.type {
            target.type = try arena.shortString(value, "the type")
            flags |= amqp_flags_t(AMQP_BASIC_TYPE_FLAG)
        }
        if let value = source.userID {
            target.user_id = try arena.shortString(value, "the user id")
            flags |= amqp_flags_t(AMQP_BASIC_USER_ID_FLAG)
        }
        if let value = source.appID {
            target.app_id = try arena.shortString(value, "the app id")
            flags |= amqp_flags_t(AMQP_BASIC_APP_ID_FLAG)
        }
        if let value = source.clusterID {
            target.cluster_id = try arena.shortString(value, "the cluster id")
            flags |= amqp_flags_t(AMQP_BASIC_CLUSTER_ID_FLAG)
        }
        target._flags = flags
        return target
    }
}
