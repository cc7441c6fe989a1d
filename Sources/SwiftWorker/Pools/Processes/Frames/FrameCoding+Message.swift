import BrokerModel

// How a message's parts lie in a frame. Both directions stand side by side, since they change together.

extension FrameEncoder {
    mutating func write(_ message: IncomingMessage) {
        write(message.exchange)
        write(message.routingKey)
        write(message.queue)
        write(message.isRedelivered)
        write(message.properties)
        write(message.body)
    }

    mutating func write(_ message: OutgoingMessage) {
        write(message.exchange)
        write(message.routingKey)
        write(message.isMandatory)
        write(message.properties)
        write(message.body)
    }

    mutating func write(_ properties: MessageProperties) {
        write(properties.contentType)
        write(properties.contentEncoding)
        write(properties.headers) { $0.write($1) }
        write(properties.deliveryMode) { $0.write($1) }
        write(properties.priority) { $0.write($1) }
        write(properties.correlationID)
        write(properties.replyTo)
        write(properties.expiration)
        write(properties.messageID)
        write(properties.timestamp) { $0.write($1) }
        write(properties.type)
        write(properties.userID)
        write(properties.appID)
        write(properties.clusterID)
    }

    mutating func write(_ table: FieldTable) {
        write(list: table.entries) { encoder, entry in
            encoder.write(entry.name)
            encoder.write(entry.value)
        }
    }

    mutating func write(_ value: FieldValue) {
        switch value {
        case .void: write(FieldTag.void)
        case .bool(let value): write(value ? FieldTag.true : FieldTag.false)
        case .int8(let value): write(FieldTag.int8, UInt8(bitPattern: value))
        case .uint8(let value): write(FieldTag.uint8, value)
        case .int16(let value): write(FieldTag.int16, UInt16(bitPattern: value))
        case .uint16(let value): write(FieldTag.uint16, value)
        case .int32(let value): write(FieldTag.int32, UInt32(bitPattern: value))
        case .uint32(let value): write(FieldTag.uint32, value)
        case .int64(let value): write(FieldTag.int64, UInt64(bitPattern: value))
        case .uint64(let value): write(FieldTag.uint64, value)
        case .float(let value): write(FieldTag.float, value.bitPattern)
        case .double(let value): write(FieldTag.double, value.bitPattern)
        case .decimal(let scale, let unscaled):
            write(FieldTag.decimal, scale)
            write(unscaled)
        case .string(let text):
            write(FieldTag.string)
            write(text)
        case .bytes(let bytes):
            write(FieldTag.bytes)
            write(bytes)
        case .timestamp(let seconds): write(FieldTag.timestamp, seconds)
        case .array(let values):
            write(FieldTag.array)
            write(list: values) { $0.write($1) }
        case .table(let table):
            write(FieldTag.table)
            write(table)
        }
    }

    private mutating func write<Number: FixedWidthInteger & UnsignedInteger>(_ tag: UInt8, _ value: Number) {
        write(tag)
        write(value)
    }
}

extension FrameDecoder {
    mutating func incomingMessage() throws(FrameError) -> IncomingMessage {
        IncomingMessage(
            exchange: try text(),
            routingKey: try text(),
            queue: try text(),
            isRedelivered: try bool(),
            properties: try properties(),
            body: try blob()
        )
    }

    mutating func outgoingMessage() throws(FrameError) -> OutgoingMessage {
        let exchange = try text()
        let routingKey = try text()
        let isMandatory = try bool()
        return OutgoingMessage(
            exchange: exchange,
            routingKey: routingKey,
            properties: try properties(),
            body: try blob(),
            isMandatory: isMandatory
        )
    }

    mutating func properties() throws(FrameError) -> MessageProperties {
        var properties = MessageProperties()
        properties.contentType = try optionalText()
        properties.contentEncoding = try optionalText()
        properties.headers = try bool() ? try table() : nil
        properties.deliveryMode = try bool() ? try byte() : nil
        properties.priority = try bool() ? try byte() : nil
        properties.correlationID = try optionalText()
        properties.replyTo = try optionalText()
        properties.expiration = try optionalText()
        properties.messageID = try optionalText()
        properties.timestamp = try bool() ? try number() : nil
        properties.type = try optionalText()
        properties.userID = try optionalText()
        properties.appID = try optionalText()
        properties.clusterID = try optionalText()
        return properties
    }

    mutating func table() throws(FrameError) -> FieldTable {
        FieldTable(
            try list { decoder throws(FrameError) in
                let name = try decoder.text()
                return FieldTable.Entry(name: name, value: try decoder.fieldValue())
            }
        )
    }

    mutating func fieldValue() throws(FrameError) -> FieldValue {
        let tag = try byte()
        switch tag {
        case FieldTag.void: return .void
        case FieldTag.true: return .bool(true)
        case FieldTag.false: return .bool(false)
        case FieldTag.int8: return .int8(Int8(bitPattern: try number()))
        case FieldTag.uint8: return .uint8(try number())
        case FieldTag.int16: return .int16(Int16(bitPattern: try number()))
        case FieldTag.uint16: return .uint16(try number())
        case FieldTag.int32: return .int32(Int32(bitPattern: try number()))
        case FieldTag.uint32: return .uint32(try number())
        case FieldTag.int64: return .int64(Int64(bitPattern: try number()))
        case FieldTag.uint64: return .uint64(try number())
        case FieldTag.float: return .float(Float(bitPattern: try number()))
        case FieldTag.double: return .double(Double(bitPattern: try number()))
        case FieldTag.decimal:
            let scale = try byte()
            return .decimal(scale: scale, unscaled: try number())
        case FieldTag.string: return .string(try text())
        case FieldTag.bytes: return .bytes(try blob())
        case FieldTag.timestamp: return .timestamp(try number())
        case FieldTag.array: return .array(try list { decoder throws(FrameError) in try decoder.fieldValue() })
        case FieldTag.table: return .table(try table())
        default: throw FrameError("a field of the unknown kind \(tag)")
        }
    }
}

/// The kinds of field values in a frame.
private enum FieldTag {
    static let void: UInt8 = 0
    static let `false`: UInt8 = 1
    static let `true`: UInt8 = 2
    static let int8: UInt8 = 3
    static let uint8: UInt8 = 4
    static let int16: UInt8 = 5
    static let uint16: UInt8 = 6
    static let int32: UInt8 = 7
    static let uint32: UInt8 = 8
    static let int64: UInt8 = 9
    static let uint64: UInt8 = 10
    static let float: UInt8 = 11
    static let double: UInt8 = 12
    static let decimal: UInt8 = 13
    static let string: UInt8 = 14
    static let bytes: UInt8 = 15
    static let timestamp: UInt8 = 16
    static let array: UInt8 = 17
    static let table: UInt8 = 18
}
