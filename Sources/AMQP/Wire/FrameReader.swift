import CRabbitMQ
import Glibc

/// Frames on their way in. Confined to the connection's thread.
///
/// On plain TCP the bytes are read and parted into frames here, and decoded by librabbitmq's codecs: properties that it
/// can't read then cost one message. Its own reader gives up the whole connection for them, and RabbitMQ, which is
/// laxer, would deliver the same message on the next. With TLS, whose session is librabbitmq's own, it reads.
final class FrameReader {
    private let state: amqp_connection_state_t
    private let descriptor: Int32
    private let frameMax: Int
    /// What librabbitmq has read ahead at the login comes first.
    private var isLibraryReading = true
    private let isDirect: Bool
    private let memory: UnsafeMutableRawPointer
    private let capacity: Int
    private var head = 0
    private var tail = 0
    private var pool = amqp_pool_t()
    private var lastChannel: amqp_channel_t = 0

    /// Bytes asked of the socket at once.
    private static let readSize = 64 << 10

    init(_ handle: borrowing ConnectionHandle) {
        state = handle.state
        descriptor = handle.descriptor
        frameMax = handle.frameMax
        isDirect = !handle.isTLS
        capacity = isDirect ? 2 * handle.frameMax + FrameReader.readSize : 16
        memory = .allocate(byteCount: capacity, alignment: 16)
        init_amqp_pool(&pool, 16 << 10)
    }

    deinit {
        empty_amqp_pool(&pool)
        memory.deallocate()
    }

    /// Gives the next frame; it is valid until the next call. The decoded properties are `nil` if they can't be read.
    ///
    /// - Returns: `false` when nothing can be read without waiting.
    /// - Throws: `connectionLost`.
    func next(_ frame: inout amqp_frame_t) throws(AMQPError) -> Bool {
        if isLibraryReading {
            if try nextByLibrary(&frame) { return true }
            guard isDirect, amqp_release_buffers_ok(state) != 0 else { return false }
            isLibraryReading = false
        }
        recycle_amqp_pool(&pool)
        while true {
            if try part(&frame) { return true }
            guard try receive() else { return false }
        }
    }

    private func nextByLibrary(_ frame: inout amqp_frame_t) throws(AMQPError) -> Bool {
        // All that is needed was copied out of the last frame.
        amqp_maybe_release_buffers_on_channel(state, lastChannel)
        var noTime = timeval()
        let status = amqp_simple_wait_frame_noblock(state, &frame, &noTime)
        if status == AMQP_STATUS_TIMEOUT.rawValue { return false }
        guard status == AMQP_STATUS_OK.rawValue else {
            throw AMQPError(.connectionLost, ConnectionHandle.text(of: status), libraryStatus: status)
        }
        lastChannel = frame.channel
        return true
    }

    /// Reads what the socket has.
    ///
    /// - Returns: `false` when it has nothing.
    private func receive() throws(AMQPError) -> Bool {
        if head == tail {
            head = 0
            tail = 0
        } else if head > 0, tail + FrameReader.readSize > capacity {
            memory.copyMemory(from: memory + head, byteCount: tail - head)
            tail -= head
            head = 0
        }
        while true {
            let count = recv(descriptor, memory + tail, min(FrameReader.readSize, capacity - tail), Int32(MSG_DONTWAIT))
            if count > 0 {
                tail += count
                return true
            }
            if count == 0 { throw AMQPError(.connectionLost, "the broker ended the stream") }
            if errno == EAGAIN || errno == EWOULDBLOCK { return false }
            if errno != EINTR { throw AMQPError(.connectionLost, "recv: \(String(cString: strerror(errno)))") }
        }
    }

    /// Takes one whole frame off the bytes read, heartbeats aside.
    private func part(_ frame: inout amqp_frame_t) throws(AMQPError) -> Bool {
        while tail - head >= 8 {
            let start = memory + head
            let type = start.load(as: UInt8.self)
            let size = Int(UInt32(bigEndian: start.loadUnaligned(fromByteOffset: 3, as: UInt32.self)))
            guard size <= frameMax - 8 else { throw FrameReader.broken }
            guard tail - head >= size + 8 else { return false }
            guard start.load(fromByteOffset: 7 + size, as: UInt8.self) == UInt8(AMQP_FRAME_END) else {
                throw FrameReader.broken
            }
            head += size + 8
            frame.frame_type = type
            frame.channel = UInt16(bigEndian: start.loadUnaligned(fromByteOffset: 1, as: UInt16.self))
            let payload = amqp_bytes_t(len: size, bytes: start + 7)
            switch Int32(type) {
            case AMQP_FRAME_METHOD: try decodeMethod(payload, &frame)
            case AMQP_FRAME_HEADER: try decodeHeader(payload, &frame)
            case AMQP_FRAME_BODY: frame.payload.body_fragment = payload
            default: continue
            }
            return true
        }
        return false
    }

    private func decodeMethod(_ payload: amqp_bytes_t, _ frame: inout amqp_frame_t) throws(AMQPError) {
        guard payload.len >= 4 else { throw FrameReader.broken }
        let id = UInt32(bigEndian: payload.bytes.loadUnaligned(as: UInt32.self))
        let fields = amqp_bytes_t(len: payload.len - 4, bytes: payload.bytes + 4)
        var decoded: UnsafeMutableRawPointer?
        let status = amqp_decode_method(id, &pool, fields, &decoded)
        guard status >= 0, let decoded else {
            throw AMQPError(.connectionLost, ConnectionHandle.text(of: status), libraryStatus: status)
        }
        frame.payload.method = amqp_method_t(id: id, decoded: decoded)
    }

    private func decodeHeader(_ payload: amqp_bytes_t, _ frame: inout amqp_frame_t) throws(AMQPError) {
        guard payload.len >= 12 else { throw FrameReader.broken }
        let classID = UInt16(bigEndian: payload.bytes.loadUnaligned(as: UInt16.self))
        let bodySize = UInt64(bigEndian: payload.bytes.loadUnaligned(fromByteOffset: 4, as: UInt64.self))
        let fields = amqp_bytes_t(len: payload.len - 12, bytes: payload.bytes + 12)
        var decoded: UnsafeMutableRawPointer?
        if amqp_decode_properties(classID, &pool, fields, &decoded) < 0 { decoded = nil }
        frame.payload.properties.class_id = classID
        frame.payload.properties.body_size = bodySize
        frame.payload.properties.decoded = decoded
    }

    private static var broken: AMQPError { AMQPError(.connectionLost, "the broker sent a broken frame") }
}
