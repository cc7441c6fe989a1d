import Foundation
import Glibc
import Synchronization
import Threads

/// Stands between a client and a broker on 127.0.0.1, and can do what a bad network does.
final class TCPProxy: Sendable {
    private struct State {
        var sockets: [Int32] = []
        /// Nothing is forwarded any more, but connections stay.
        var isFrozen = false
        /// New connections are closed at once.
        var isRefusing = false
        var isStopped = false
        var accepted = 0
    }

    let port: UInt16
    private let listener: Int32
    private let target: (host: String, port: UInt16)
    private let state = Lock(State())

    init(to host: String, _ targetPort: UInt16) throws {
        target = (host, targetPort)
        (listener, port) = try TCPProxy.listen()
        let thread = Thread { [self] in acceptAll() }
        thread.start()
    }

    /// A listening socket on a free port of 127.0.0.1.
    static func listen() throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, length) == 0 && Glibc.listen(descriptor, 16) == 0
                    && getsockname(descriptor, generic, &length) == 0
            }
        }
        guard descriptor >= 0, status else { throw POSIXError(.EADDRINUSE) }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    /// How many connections have come so far.
    var acceptedCount: Int { state.withLock { $0.accepted } }

    /// Breaks all connections.
    func cut() {
        state.withLock { state in
            for socket in state.sockets { shutdown(socket, Int32(SHUT_RDWR)) }
            state.sockets = []
        }
    }

    /// Forwards nothing on the connections at hand, as a dead network does.
    func freeze() { state.withLock { $0.isFrozen = true } }

    func thaw() { state.withLock { $0.isFrozen = false } }

    func refuse(_ isRefusing: Bool) { state.withLock { $0.isRefusing = isRefusing } }

    func stop() {
        state.withLock { $0.isStopped = true }
        shutdown(listener, Int32(SHUT_RDWR))
        cut()
    }

    private func acceptAll() {
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0, !state.withLock({ $0.isStopped }) else {
                if client >= 0 { close(client) }
                break
            }
            let isRefused = state.withLock { state in
                state.accepted += 1
                return state.isRefusing
            }
            let server = isRefused ? -1 : connect()
            guard server >= 0 else {
                close(client)
                continue
            }
            state.withLock { $0.sockets += [client, server] }
            // Each direction has its own thread; the last one closes both sockets.
            let open = Shared(2)
            for (source, sink) in [(client, server), (server, client)] {
                Thread { [self] in
                    forward(source, sink)
                    shutdown(source, Int32(SHUT_RDWR))
                    shutdown(sink, Int32(SHUT_RDWR))
                    if open.count.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 {
                        state.withLock { $0.sockets.removeAll { $0 == client || $0 == server } }
                        close(client)
                        close(server)
                    }
                }.start()
            }
        }
        close(listener)
    }

    private func connect() -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = target.port.bigEndian
        address.sin_addr.s_addr = inet_addr(target.host)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if status == 0 { return descriptor }
        close(descriptor)
        return -1
    }

    private func forward(_ source: Int32, _ sink: Int32) {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            while state.withLock({ $0.isFrozen && !$0.isStopped }) { usleep(5000) }
            let count = recv(source, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            while state.withLock({ $0.isFrozen && !$0.isStopped }) { usleep(5000) }
            var offset = 0
            while offset < count {
                let sent = buffer.withUnsafeBytes {
                    send(sink, $0.baseAddress.map { $0 + offset }, count - offset, Int32(MSG_NOSIGNAL))
                }
                guard sent > 0 else { return }
                offset += sent
            }
        }
    }

    private final class Shared: Sendable {
        let count: Atomic<Int>
        init(_ count: Int) { self.count = Atomic(count) }
    }
}
