import BrokerModel
import CRabbitMQ

extension ChannelCore {
    /// Writes a request's method.
    ///
    /// - Throws: `invalidArgument` when it does not fit the wire; then nothing was sent.
    func send(_ request: ChannelRequest) throws(AMQPError) {
        let arena = connection.arena
        arena.reset()
        let outbox = connection.outbox
        let number = link.number
        var tables = FieldEncoder(arena: arena)
        switch request {
        case .declareExchange(let exchange, let isPassive):
            var fields = amqp_exchange_declare_t()
            fields.exchange = try arena.shortString(exchange.name, "the exchange's name")
            fields.type = try arena.shortString(exchange.type.rawValue, "the exchange's type")
            fields.passive = isPassive ? 1 : 0
            fields.durable = exchange.isDurable ? 1 : 0
            fields.auto_delete = exchange.isAutoDelete ? 1 : 0
            fields.arguments = try tables.table(exchange.arguments)
            try outbox.send(AMQP_EXCHANGE_DECLARE_METHOD, fields, channel: number)
        case .deleteExchange(let name, let ifUnused):
            var fields = amqp_exchange_delete_t()
            fields.exchange = try arena.shortString(name, "the exchange's name")
            fields.if_unused = ifUnused ? 1 : 0
            try outbox.send(AMQP_EXCHANGE_DELETE_METHOD, fields, channel: number)
        case .bindExchange(let destination, let source, let routingKey, let arguments):
            var fields = amqp_exchange_bind_t()
            fields.destination = try arena.shortString(destination, "the destination exchange's name")
            fields.source = try arena.shortString(source, "the source exchange's name")
            fields.routing_key = try arena.shortString(routingKey, "the routing key")
            fields.arguments = try tables.table(arguments)
            try outbox.send(AMQP_EXCHANGE_BIND_METHOD, fields, channel: number)
        case .unbindExchange(let destination, let source, let routingKey, let arguments):
            var fields = amqp_exchange_unbind_t()
            fields.destination = try arena.shortString(destination, "the destination exchange's name")
            fields.source = try arena.shortString(source, "the source exchange's name")
            fields.routing_key = try arena.shortString(routingKey, "the routing key")
            fields.arguments = try tables.table(arguments)
            try outbox.send(AMQP_EXCHANGE_UNBIND_METHOD, fields, channel: number)
        case .declareQueue(let queue, let isPassive):
            var fields = amqp_queue_declare_t()
            fields.queue = try arena.shortString(queue.name, "the queue's name")
            fields.passive = isPassive ? 1 : 0
            fields.durable = queue.isDurable ? 1 : 0
            fields.exclusive = queue.isExclusive ? 1 : 0
            fields.auto_delete = queue.isAutoDelete ? 1 : 0
            fields.arguments = try tables.table(queue.arguments)
            try outbox.send(AMQP_QUEUE_DECLARE_METHOD, fields, channel: number)
        case .bindQueue(let queue, let exchange, let routingKey, let arguments):
            var fields = amqp_queue_bind_t()
            fields.queue = try arena.shortString(queue, "the queue's name")
            fields.exchange = try arena.shortString(exchange, "the exchange's name")
            fields.routing_key = try arena.shortString(routingKey, "the routing key")
            fields.arguments = try tables.table(arguments)
            try outbox.send(AMQP_QUEUE_BIND_METHOD, fields, channel: number)
        case .unbindQueue(let queue, let exchange, let routingKey, let arguments):
            var fields = amqp_queue_unbind_t()
            fields.queue = try arena.shortString(queue, "the queue's name")
            fields.exchange = try arena.shortString(exchange, "the exchange's name")
            fields.routing_key = try arena.shortString(routingKey, "the routing key")
            fields.arguments = try tables.table(arguments)
            try outbox.send(AMQP_QUEUE_UNBIND_METHOD, fields, channel: number)
        case .purgeQueue(let queue):
            var fields = amqp_queue_purge_t()
            fields.queue = try arena.shortString(queue, "the queue's name")
            try outbox.send(AMQP_QUEUE_PURGE_METHOD, fields, channel: number)
        case .deleteQueue(let queue, let ifUnused, let ifEmpty):
            var fields = amqp_queue_delete_t()
            fields.queue = try arena.shortString(queue, "the queue's name")
            fields.if_unused = ifUnused ? 1 : 0
            fields.if_empty = ifEmpty ? 1 : 0
            try outbox.send(AMQP_QUEUE_DELETE_METHOD, fields, channel: number)
        case .qos(let prefetch, let isGlobal):
            let fields = amqp_basic_qos_t(prefetch_size: 0, prefetch_count: prefetch, global: isGlobal ? 1 : 0)
            try outbox.send(AMQP_BASIC_QOS_METHOD, fields, channel: number)
            link.setThreshold(prefetch: prefetch)
        case .consume(let queue, let tag, let isNoAck, let isExclusive, let arguments):
            var fields = amqp_basic_consume_t()
            fields.queue = try arena.shortString(queue, "the queue's name")
            fields.consumer_tag = try arena.shortString(tag, "the consumer tag")
            fields.no_ack = isNoAck ? 1 : 0
            fields.exclusive = isExclusive ? 1 : 0
            fields.arguments = try tables.table(arguments)
            try outbox.send(AMQP_BASIC_CONSUME_METHOD, fields, channel: number)
            // Deliveries may come with the same read as the answer.
            consumers.append(Consumer(tag: tag, tagBytes: Array(tag.utf8), queue: queue, isNoAck: isNoAck))
        case .cancel(let tag):
            var fields = amqp_basic_cancel_t()
            fields.consumer_tag = try arena.shortString(tag, "the consumer tag")
            try outbox.send(AMQP_BASIC_CANCEL_METHOD, fields, channel: number)
        case .get(let queue, let isNoAck):
            var fields = amqp_basic_get_t()
            fields.queue = try arena.shortString(queue, "the queue's name")
            fields.no_ack = isNoAck ? 1 : 0
            try outbox.send(AMQP_BASIC_GET_METHOD, fields, channel: number)
        case .selectConfirms:
            try outbox.send(AMQP_CONFIRM_SELECT_METHOD, amqp_confirm_select_t(), channel: number)
        case .ping:
            try outbox.send(AMQP_CHANNEL_FLOW_METHOD, amqp_channel_flow_t(active: 1), channel: number)
        case .close: try close()
        case .listConsumers: break
        }
    }
}
