import CRabbitMQ

/// Memory for the C structs of one outgoing method: given out in order, taken back at once.
///
/// C strings and tables point into it, never into a Swift String, whose bytes may be a temporary. Confined to one
/// thread.
final class ScratchArena {
    private static let blockSize = 16 << 10
    private var block: UnsafeMutableRawPointer
    private var used = 0
    /// Whatever did not fit into the block.
    private var extra: [UnsafeMutableRawPointer] = []

    init() {
        block = .allocate(byteCount: ScratchArena.blockSize, alignment: 16)
    }

    deinit {
        reset()
        block.deallocate()
    }

    /// Makes all that was given out invalid.
    func reset() {
        used = 0
        if !extra.isEmpty {
            for pointer in extra { pointer.deallocate() }
            extra.removeAll()
        }
    }

    func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
        let start = (used + 15) & ~15
        if start + byteCount <= ScratchArena.blockSize {
            used = start + byteCount
            return block + start
        }
        let pointer = UnsafeMutableRawPointer.allocate(byteCount: max(byteCount, 1), alignment: 16)
        extra.append(pointer)
        return pointer
    }

    /// A copy of a text's UTF-8.
    func bytes(_ text: String) -> amqp_bytes_t {
        var text = text
        return text.withUTF8 { copy(UnsafeRawBufferPointer($0)) }
    }

    func bytes(_ bytes: [UInt8]) -> amqp_bytes_t {
        bytes.withUnsafeBytes { copy($0) }
    }

    private func copy(_ source: UnsafeRawBufferPointer) -> amqp_bytes_t {
        guard let base = source.baseAddress, source.count > 0 else { return amqp_empty_bytes }
        let target = allocate(byteCount: source.count)
        target.copyMemory(from: base, byteCount: source.count)
        return amqp_bytes_t(len: source.count, bytes: target)
    }

    /// A name in a method, where the wire has one byte for the length.
    func shortString(_ text: String, _ what: StaticString) throws(AMQPError) -> amqp_bytes_t {
        guard text.utf8.count <= 255 else { throw AMQPError(.invalidArgument, "\(what) has more than 255 bytes") }
        return bytes(text)
    }
}
