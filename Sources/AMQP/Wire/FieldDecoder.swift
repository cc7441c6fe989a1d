import BrokerModel
import CRabbitMQ

/// Turns librabbitmq's field tables into values.
struct FieldDecoder {
    private var remaining = FieldLimits.values

    /// - Throws: `malformedMessage` for an unknown type letter or a table beyond the limits.
    mutating func table(_ table: amqp_table_t, depth: Int = 0) throws(AMQPError) -> FieldTable {
        let count = Int(table.num_entries)
        guard count > 0, let source = table.entries else { return FieldTable() }
        try enter(count, depth)
        var entries: [FieldTable.Entry] = []
        entries.reserveCapacity(count)
        for index in 0..<count {
            let name = String(amqp: source[index].key)
            entries.append(FieldTable.Entry(name: name, value: try value(source[index].value, depth: depth)))
        }
        return FieldTable(entries)
    }

    private mutating func array(_ array: amqp_array_t, depth: Int) throws(AMQPError) -> [FieldValue] {
        let count = Int(array.num_entries)
        guard count > 0, let source = array.entries else { return [] }
        try enter(count, depth)
        var values: [FieldValue] = []
        values.reserveCapacity(count)
        for index in 0..<count {
            values.append(try value(source[index], depth: depth))
        }
        return values
    }

    private mutating func enter(_ count: Int, _ depth: Int) throws(AMQPError) {
        remaining -= count
        guard depth <= FieldLimits.depth, remaining >= 0 else {
            throw AMQPError(.malformedMessage, "a field table is nested too deeply or has too many values")
        }
    }

    private mutating func value(_ field: amqp_field_value_t, depth: Int) throws(AMQPError) -> FieldValue {
        switch field.kind {
        case FieldKind.string: return .string(String(amqp: field.value.bytes))
        case FieldKind.int32: return .int32(field.value.i32)
        case FieldKind.void: return .void
        case FieldKind.array: return .array(try array(field.value.array, depth: depth + 1))
        case FieldKind.table: return .table(try table(field.value.table, depth: depth + 1))
        case FieldKind.bool: return .bool(field.value.boolean != 0)
        case FieldKind.int64, FieldKind.longLong: return .int64(field.value.i64)
        case FieldKind.double: return .double(field.value.f64)
        case FieldKind.timestamp: return .timestamp(field.value.u64)
        case FieldKind.int8: return .int8(field.value.i8)
        case FieldKind.uint8: return .uint8(field.value.u8)
        case FieldKind.int16: return .int16(field.value.i16)
        case FieldKind.uint16: return .uint16(field.value.u16)
        case FieldKind.uint32: return .uint32(field.value.u32)
        case FieldKind.float: return .float(field.value.f32)
        case FieldKind.bytes: return .bytes([UInt8](amqp: field.value.bytes))
        case FieldKind.decimal:
            return .decimal(scale: field.value.decimal.decimals, unscaled: field.value.decimal.value)
        default: throw AMQPError(.malformedMessage, "a field has the unknown type \(field.kind)")
        }
    }
}
