import CRabbitMQ
import Glibc

/// Frames on their way out. Confined to the connection's thread.
///
/// On plain TCP the frames of one wake-up gather in a buffer and leave with one `send`, which never blocks: what the
/// socket does not take stays until it is writable. With TLS, whose session is librabbitmq's own, each frame is sent
/// by librabbitmq at once.
final class Outbox {
    private let state: amqp_connection_state_t
    private let descriptor: Int32
    private let isDirect: Bool
    private let frameMax: Int
    private let arenaForChecks: UnsafeMutableRawPointer?
    private var memory: UnsafeMutableRawPointer
    private var capacity: Int
    private var head = 0
    private var tail = 0
    /// When bytes last went out.
    private(set) var lastSent = Monotonic.now()

    private static let usualCapacity = 512 << 10
    private static let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)

    init(_ handle: borrowing ConnectionHandle) {
        state = handle.state
        descriptor = handle.descriptor
        isDirect = !handle.isTLS
        frameMax = handle.frameMax
        capacity = isDirect ? Outbox.usualCapacity : 64
        memory = .allocate(byteCount: capacity, alignment: 16)
        arenaForChecks = isDirect ? nil : .allocate(byteCount: frameMax, alignment: 16)
    }

    deinit {
        memory.deallocate()
        arenaForChecks?.deallocate()
    }

    /// Bytes that the socket has not taken yet.
    var pendingBytes: Int { tail - head }

    /// - Throws: `invalidArgument` when the method does not fit into a frame; then nothing was sent.
    func send<Method>(_ id: amqp_method_number_t, _ method: Method, channel: UInt16) throws(AMQPError) {
        var method = method
        try withUnsafeMutablePointer(to: &method) { pointer throws(AMQPError) in
            if isDirect {
                try append(type: UInt8(AMQP_FRAME_METHOD), channel: channel) { target throws(AMQPError) in
                    target.bytes.storeBytes(of: id.bigEndian, as: UInt32.self)
                    let rest = amqp_bytes_t(len: target.len - 4, bytes: target.bytes + 4)
                    return 4 + (try Outbox.size(amqp_encode_method(id, pointer, rest)))
                }
            } else {
                var frame = amqp_frame_t()
                frame.frame_type = UInt8(AMQP_FRAME_METHOD)
                frame.channel = channel
                frame.payload.method = amqp_method_t(id: id, decoded: UnsafeMutableRawPointer(pointer))
                try sendByLibrary(&frame)
            }
        }
    }

    /// Sends `basic.publish` with its content.
    ///
    /// - Throws: `invalidArgument` when the properties do not fit into a frame; then nothing was sent.
    func publish(
        _ method: amqp_basic_publish_t,
        _ properties: inout amqp_basic_properties_t,
        _ body: [UInt8],
        channel: UInt16
    ) throws(AMQPError) {
        if isDirect { reserve(2 * frameMax) }
        let mark = tail
        let size = UInt64(body.count)
        if isDirect {
            try send(AMQP_BASIC_PUBLISH_METHOD, method, channel: channel)
            do throws(AMQPError) {
                try withUnsafeMutablePointer(to: &properties) { pointer throws(AMQPError) in
                    try append(type: UInt8(AMQP_FRAME_HEADER), channel: channel) { target throws(AMQPError) in
                        target.bytes.storeBytes(of: UInt16(AMQP_BASIC_CLASS).bigEndian, as: UInt16.self)
                        target.bytes.storeBytes(of: 0, toByteOffset: 2, as: UInt16.self)
                        target.bytes.storeBytes(of: size.bigEndian, toByteOffset: 4, as: UInt64.self)
                        let rest = amqp_bytes_t(len: target.len - 12, bytes: target.bytes + 12)
                        return 12 + (try Outbox.size(amqp_encode_properties(UInt16(AMQP_BASIC_CLASS), pointer, rest)))
                    }
                }
            } catch {
                tail = mark
                throw error
            }
        } else {
            try withUnsafeMutablePointer(to: &properties) { pointer throws(AMQPError) in
                let room = amqp_bytes_t(len: frameMax - 8 - 12, bytes: arenaForChecks)
                _ = try Outbox.size(amqp_encode_properties(UInt16(AMQP_BASIC_CLASS), pointer, room))
                try send(AMQP_BASIC_PUBLISH_METHOD, method, channel: channel)
                var frame = amqp_frame_t()
                frame.frame_type = UInt8(AMQP_FRAME_HEADER)
                frame.channel = channel
                frame.payload.properties.class_id = UInt16(AMQP_BASIC_CLASS)
                frame.payload.properties.body_size = size
                frame.payload.properties.decoded = UnsafeMutableRawPointer(pointer)
                try sendByLibrary(&frame)
            }
        }
        try sendBody(body, channel: channel)
    }

    func sendHeartbeat() throws(AMQPError) {
        if isDirect {
            try append(type: UInt8(AMQP_FRAME_HEARTBEAT), channel: 0) { _ throws(AMQPError) in 0 }
        }
    }

    /// Gives the socket what it takes.
    ///
    /// - Throws: `connectionLost`.
    func flush() throws(AMQPError) {
        while head < tail {
            let count = Glibc.send(descriptor, memory + head, tail - head, Outbox.flags)
            if count > 0 {
                head += count
                lastSent = Monotonic.now()
            } else if errno == EINTR {
                continue
            } else if errno == EAGAIN || errno == EWOULDBLOCK {
                return
            } else {
                throw AMQPError(.connectionLost, "send: \(String(cString: strerror(errno)))")
            }
        }
        head = 0
        tail = 0
        if capacity > 2 * Outbox.usualCapacity { resize(to: Outbox.usualCapacity) }
    }

    private func sendBody(_ body: [UInt8], channel: UInt16) throws(AMQPError) {
        let room = frameMax - 8
        if isDirect { reserve(body.count + (body.count / room + 1) * 8) }
        let bytes = body.span.bytes
        try bytes.withUnsafeBytes { bytes throws(AMQPError) in
            guard let base = bytes.baseAddress else { return }
            var offset = 0
            while offset < bytes.count {
                let count = min(room, bytes.count - offset)
                if isDirect {
                    append(type: UInt8(AMQP_FRAME_BODY), channel: channel, base + offset, count)
                } else {
                    var frame = amqp_frame_t()
                    frame.frame_type = UInt8(AMQP_FRAME_BODY)
                    frame.channel = channel
                    frame.payload.body_fragment.len = count
                    frame.payload.body_fragment.bytes = UnsafeMutableRawPointer(mutating: base + offset)
                    try sendByLibrary(&frame)
                }
                offset += count
            }
        }
    }

    private func sendByLibrary(_ frame: inout amqp_frame_t) throws(AMQPError) {
        let status = amqp_send_frame(state, &frame)
        guard status == AMQP_STATUS_OK.rawValue else {
            let isEncoding =
                status == AMQP_STATUS_TABLE_TOO_BIG.rawValue || status == AMQP_STATUS_BAD_AMQP_DATA.rawValue
            throw AMQPError(
                isEncoding ? .invalidArgument : .connectionLost,
                ConnectionHandle.text(of: status),
                libraryStatus: status
            )
        }
        lastSent = Monotonic.now()
    }

    /// Appends one frame whose payload `fill` writes into the memory it is given; it returns how many bytes.
    private func append(
        type: UInt8,
        channel: UInt16,
        fill: (amqp_bytes_t) throws(AMQPError) -> Int
    ) throws(AMQPError) {
        reserve(frameMax)
        let start = memory + tail
        let size = try fill(amqp_bytes_t(len: frameMax - 8, bytes: start + 7))
        close(start, type, channel, size)
    }

    private func append(type: UInt8, channel: UInt16, _ source: UnsafeRawPointer, _ size: Int) {
        let start = memory + tail
        (start + 7).copyMemory(from: source, byteCount: size)
        close(start, type, channel, size)
    }

    /// Writes the frame's header and end mark around its payload.
    private func close(_ start: UnsafeMutableRawPointer, _ type: UInt8, _ channel: UInt16, _ size: Int) {
        start.storeBytes(of: type, as: UInt8.self)
        start.storeBytes(of: channel.bigEndian, toByteOffset: 1, as: UInt16.self)
        start.storeBytes(of: UInt32(size).bigEndian, toByteOffset: 3, as: UInt32.self)
        start.storeBytes(of: UInt8(AMQP_FRAME_END), toByteOffset: 7 + size, as: UInt8.self)
        tail += size + 8
    }

    /// Makes room behind the tail.
    private func reserve(_ count: Int) {
        guard tail + count > capacity else { return }
        if head > 0 {
            memory.copyMemory(from: memory + head, byteCount: tail - head)
            tail -= head
            head = 0
        }
        if tail + count > capacity { resize(to: max(capacity * 2, tail + count)) }
    }

    private func resize(to size: Int) {
        let larger = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        larger.copyMemory(from: memory + head, byteCount: tail - head)
        memory.deallocate()
        memory = larger
        tail -= head
        head = 0
        capacity = size
    }

    /// The size that an encoder of librabbitmq returned.
    private static func size(_ result: Int32) throws(AMQPError) -> Int {
        guard result >= 0 else {
            throw AMQPError(.invalidArgument, "does not fit into a frame", libraryStatus: result)
        }
        return Int(result)
    }
}
