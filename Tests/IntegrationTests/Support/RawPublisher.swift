import Glibc

/// Publishes content headers that no client library would make: bytes as given, over a plain socket.
final class RawPublisher {
    struct Refused: Error {}

    private let socket: Int32

    init(host: String, port: UInt16, user: String, password: String, virtualHost: String) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr(host)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw Refused() }
        write(Array("AMQP".utf8) + [0, 0, 9, 1])
        try expect(10, 10)
        let login = [0] + Array(user.utf8) + [0] + Array(password.utf8)
        method(0, 10, 11, be32(0) + short("PLAIN") + be32(login.count) + login + short("en_US"))
        try expect(10, 30)
        method(0, 10, 31, be16(2047) + be32(131_072) + be16(0))
        method(0, 10, 40, short(virtualHost) + [0, 0])
        try expect(10, 41)
        method(1, 20, 10, [0])
        try expect(20, 11)
        method(1, 85, 10, [0])
        try expect(85, 11)
    }

    deinit { close(socket) }

    /// Publishes to a queue and waits for the confirm.
    ///
    /// - Throws: when the broker refuses.
    func publish(to queue: String, propertyBytes: [UInt8], body: [UInt8]) throws {
        method(1, 60, 40, be16(0) + short("") + short(queue) + [0])
        frame(2, 1, be16(60) + be16(0) + be32(0) + be32(body.count) + propertyBytes)
        frame(3, 1, body)
        try expect(60, 80)
    }

    func short(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + Array(text.utf8) }

    func be16(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 255), UInt8(value & 255)] }

    func be32(_ value: Int) -> [UInt8] { be16(value >> 16) + be16(value & 0xFFFF) }

    private func method(_ channel: Int, _ classID: Int, _ methodID: Int, _ arguments: [UInt8]) {
        frame(1, channel, be16(classID) + be16(methodID) + arguments)
    }

    private func frame(_ type: UInt8, _ channel: Int, _ payload: [UInt8]) {
        write([type] + be16(channel) + be32(payload.count) + payload + [206])
    }

    private func write(_ bytes: [UInt8]) { _ = send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

    private func read(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        // MSG_WAITALL, which is an enumeration or an integer depending on what else is imported.
        let waitAll: Int32 = 0x100
        guard recv(socket, &bytes, count, waitAll) == count else { throw Refused() }
        return bytes
    }

    private func expect(_ classID: Int, _ methodID: Int) throws {
        let header = try read(7)
        let size = header[3...6].reduce(0) { $0 << 8 | Int($1) }
        let payload = try read(size + 1)
        guard Array(payload.prefix(4)) == be16(classID) + be16(methodID) else { throw Refused() }
    }
}
