/// Bounds of a field table in either direction.
enum FieldLimits {
    /// Tables and arrays inside each other.
    static let depth = 64
    /// Values of one message's table, nested ones included.
    static let values = 16_384
}
