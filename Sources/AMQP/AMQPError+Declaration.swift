import BrokerModel

extension AMQPError {
    /// Says what to do, where the broker refused a declaration because the queue exists with other properties. Any
    /// other error stays what it is.
    func explained(declaring queue: QueueDeclaration) -> AMQPError {
        // 406 is also RabbitMQ's answer to an argument that is wrong in itself ("invalid arg").
        guard let reply, reply.code == 406, reply.text.contains("inequivalent arg") else { return self }
        var error = self
        error.message = """
            queue '\(queue.name)' exists with other properties than it is declared with here (\(queue.properties)). A \
            queue keeps the properties it was made with, so either declare it with those, here and wherever else it is \
            declared; or let it run empty, stop what uses it, delete it (rabbitmqctl delete_queue \(queue.name)) and \
            start again: the first to declare it makes it anew
            """
        return error
    }
}

extension QueueDeclaration {
    /// All that a broker compares, in words.
    fileprivate var properties: String {
        var words = [isDurable ? "durable" : "not durable"]
        if isExclusive { words.append("exclusive") }
        if isAutoDelete { words.append("auto-delete") }
        words += arguments.entries.map { "\($0.name): \($0.value.shown)" }
        if arguments.isEmpty { words.append("no arguments") }
        return words.joined(separator: ", ")
    }
}

extension FieldValue {
    /// The value as an operator writes it; of types that no queue argument has, the type's name will do.
    fileprivate var shown: String {
        if let string { return string }
        if let bool { return String(bool) }
        if let integer { return String(integer) }
        return "\(self)"
    }
}
