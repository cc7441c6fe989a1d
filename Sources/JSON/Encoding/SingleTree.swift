/// The one value of an encoder.
struct SingleTree: SingleValueEncodingContainer {
    let encoder: TreeEncoder

    private var session: EncodingSession { encoder.session }
    private var step: CodingPathStep? { encoder.step }
    var codingPath: [any CodingKey] { encoder.codingPath }

    func encodeNil() throws { encoder.replace(try session.null()) }
    func encode(_ value: Bool) throws { encoder.replace(try session.bool(value)) }
    func encode(_ value: String) throws { encoder.replace(try session.string(value)) }
    func encode(_ value: Double) throws { encoder.replace(try session.double(value)) }
    func encode(_ value: Float) throws { encoder.replace(try session.double(widen(value))) }
    func encode(_ value: Int) throws { encoder.replace(try session.integer(value)) }
    func encode(_ value: Int8) throws { encoder.replace(try session.integer(value)) }
    func encode(_ value: Int16) throws { encoder.replace(try session.integer(value)) }
    func encode(_ value: Int32) throws { encoder.replace(try session.integer(value)) }
    func encode(_ value: Int64) throws { encoder.replace(try session.integer(value)) }
    func encode(_ value: Int128) throws { encoder.replace(try session.integer(value)) }
    func encode(_ value: UInt) throws { encoder.replace(try session.integer(value)) }
    func encode(_ value: UInt8) throws { encoder.replace(try session.integer(value)) }
    func encode(_ value: UInt16) throws { encoder.replace(try session.integer(value)) }
    func encode(_ value: UInt32) throws { encoder.replace(try session.integer(value)) }
    func encode(_ value: UInt64) throws { encoder.replace(try session.integer(value)) }
    func encode(_ value: UInt128) throws { encoder.replace(try session.integer(value)) }
    func encode<T: Encodable>(_ value: T) throws { encoder.replace(try session.tree(of: value, at: step)) }
}
