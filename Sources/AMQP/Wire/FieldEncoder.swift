import BrokerModel
import CRabbitMQ

/// Turns field tables into librabbitmq's, in the memory of an arena.
struct FieldEncoder {
    let arena: ScratchArena
    private var remaining = FieldLimits.values

    init(arena: ScratchArena) {
        self.arena = arena
    }

    /// - Throws: `invalidArgument` for a name of more than 255 bytes, a table beyond the limits, or an integer beyond
    ///   63 bits, which no AMQP broker has a type for.
    mutating func table(_ table: FieldTable, depth: Int = 0) throws(AMQPError) -> amqp_table_t {
        let count = table.entries.count
        guard count > 0 else { return amqp_empty_table }
        try enter(count, depth)
        let memory = arena.allocate(byteCount: count * MemoryLayout<amqp_table_entry_t>.stride)
            .bindMemory(to: amqp_table_entry_t.self, capacity: count)
        for index in 0..<count {
            let entry = table.entries[index]
            let key = try arena.shortString(entry.name, "a field's name")
            let value = try value(entry.value, depth: depth)
            (memory + index).initialize(to: amqp_table_entry_t(key: key, value: value))
        }
        return amqp_table_t(num_entries: Int32(count), entries: memory)
    }

    private mutating func array(_ values: [FieldValue], depth: Int) throws(AMQPError) -> amqp_array_t {
        let count = values.count
        guard count > 0 else { return amqp_array_t(num_entries: 0, entries: nil) }
        try enter(count, depth)
        let memory = arena.allocate(byteCount: count * MemoryLayout<amqp_field_value_t>.stride)
            .bindMemory(to: amqp_field_value_t.self, capacity: count)
        for index in 0..<count {
            (memory + index).initialize(to: try value(values[index], depth: depth))
        }
        return amqp_array_t(num_entries: Int32(count), entries: memory)
    }

    private mutating func enter(_ count: Int, _ depth: Int) throws(AMQPError) {
        remaining -= count
        guard depth <= FieldLimits.depth, remaining >= 0 else {
            throw AMQPError(.invalidArgument, "a field table is nested too deeply or has too many values")
        }
    }

    /// One value. 64-bit integers go out as `L`, as py-amqp writes them (Celery reference, 1.3).
    private mutating func value(_ value: FieldValue, depth: Int) throws(AMQPError) -> amqp_field_value_t {
        var field = amqp_field_value_t()
        switch value {
        case .void: field.kind = FieldKind.void
        case .bool(let value):
            field.kind = FieldKind.bool
            field.value.boolean = value ? 1 : 0
        case .int8(let value):
            field.kind = FieldKind.int8
            field.value.i8 = value
        case .uint8(let value):
            field.kind = FieldKind.uint8
            field.value.u8 = value
        case .int16(let value):
            field.kind = FieldKind.int16
            field.value.i16 = value
        case .uint16(let value):
            field.kind = FieldKind.uint16
            field.value.u16 = value
        case .int32(let value):
            field.kind = FieldKind.int32
            field.value.i32 = value
        case .uint32(let value):
            field.kind = FieldKind.uint32
            field.value.u32 = value
        case .int64(let value):
            field.kind = FieldKind.longLong
            field.value.i64 = value
        case .uint64(let value):
            guard let signed = Int64(exactly: value) else {
                throw AMQPError(.invalidArgument, "an integer field has more than 63 bits")
            }
            field.kind = FieldKind.longLong
            field.value.i64 = signed
        case .float(let value):
            field.kind = FieldKind.float
            field.value.f32 = value
        case .double(let value):
            field.kind = FieldKind.double
            field.value.f64 = value
        case .decimal(let scale, let unscaled):
            field.kind = FieldKind.decimal
            field.value.decimal = amqp_decimal_t(decimals: scale, value: unscaled)
        case .string(let text):
            field.kind = FieldKind.string
            field.value.bytes = arena.bytes(text)
        case .bytes(let bytes):
            field.kind = FieldKind.bytes
            field.value.bytes = arena.bytes(bytes)
        case .timestamp(let seconds):
            field.kind = FieldKind.timestamp
            field.value.u64 = seconds
        case .array(let values):
            field.kind = FieldKind.array
            field.value.array = try array(values, depth: depth + 1)
        case .table(let nested):
            field.kind = FieldKind.table
            field.value.table = try table(nested, depth: depth + 1)
        }
        return field
    }
}
