import Processes

/// Collects what a socket brings and cuts it into frames.
struct FrameInbox {
    /// The longest frame that is taken, in bytes.
    var limit: Int
    private var buffer: [UInt8]
    /// What is in the buffer and not cut yet.
    private var start = 0
    private var end = 0

    private static let usualCapacity = 1 << 16

    init(limit: Int) {
        self.limit = limit
        buffer = [UInt8](repeating: 0, count: Self.usualCapacity)
    }

    /// Reads once.
    mutating func fill(from socket: borrowing StreamSocket, waits: Bool) -> StreamSocket.Received {
        makeRoom()
        let received = socket.receive(into: &buffer, at: end, waits: waits)
        if case .bytes(let count) = received { end += count }
        return received
    }

    /// Takes bytes from elsewhere.
    mutating func append(_ bytes: [UInt8]) {
        for byte in bytes {
            makeRoom()
            buffer[end] = byte
            end += 1
        }
    }

    /// Cuts the next frame off, if all of it is here.
    ///
    /// - Throws: when it is longer than the limit; nothing that follows can be read then.
    mutating func next() throws(FrameError) -> FrameDecoder? {
        guard let length = try nextLength(), end - start - FrameEncoder.lengthSize >= length else { return nil }
        let first = start + FrameEncoder.lengthSize
        start = first + length
        return FrameDecoder(buffer, first..<start)
    }

    private func nextLength() throws(FrameError) -> Int? {
        guard end - start >= FrameEncoder.lengthSize else { return nil }
        var header = FrameDecoder(buffer, start..<(start + FrameEncoder.lengthSize))
        let length = Int(try header.number(UInt32.self))
        guard length > 0, length <= limit else {
            throw FrameError("a frame of \(length) bytes, where \(limit) are the limit")
        }
        return length
    }

    /// Makes room for at least one byte. The buffer grows with what has come, not with what a length promises, and
    /// shrinks when it is empty again.
    private mutating func makeRoom() {
        if start == end {
            (start, end) = (0, 0)
            if buffer.count > Self.usualCapacity { buffer = [UInt8](repeating: 0, count: Self.usualCapacity) }
        }
        guard end == buffer.count else { return }
        if start > 0 {
            buffer.replaceSubrange(0..<(end - start), with: Array(buffer[start..<end]))
            (start, end) = (0, end - start)
        }
        if end == buffer.count { buffer.append(contentsOf: repeatElement(0, count: buffer.count)) }
    }
}
