import Processes

/// What a socket did not take yet.
struct Outbox {
    private var pending: [UInt8] = []
    private var offset = 0

    var isEmpty: Bool { pending.isEmpty }

    /// Sends bytes behind those that wait, without waiting.
    ///
    /// - Returns: `false` when the other end is closed.
    mutating func send(_ bytes: [UInt8], to socket: borrowing StreamSocket) -> Bool {
        guard isEmpty else {
            pending += bytes
            return true
        }
        guard let count = socket.send(bytes, waits: false) else { return false }
        if count < bytes.count { pending = Array(bytes[count...]) }
        return true
    }

    /// Goes on sending.
    ///
    /// - Returns: `false` when the other end is closed.
    mutating func flush(to socket: borrowing StreamSocket) -> Bool {
        guard let count = socket.send(pending, from: offset, waits: false) else { return false }
        offset += count
        if offset == pending.count { (pending, offset) = ([], 0) }
        return true
    }
}
