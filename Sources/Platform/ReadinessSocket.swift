import Glibc

/// The two ends on which a service says that it is ready: systemd's protocol, a datagram to the socket that
/// `NOTIFY_SOCKET` names.
public enum Readiness {
    /// The variable that names the socket.
    public static let variable = "NOTIFY_SOCKET"

    /// Tells whoever started this process that it is ready. Does nothing when nobody listens.
    ///
    /// - Parameter socket: the variable's value: a path, or `@` and an abstract name.
    public static func report(to socket: String) {
        let descriptor = Glibc.socket(AF_UNIX, datagram | closeOnExec, 0)
        guard descriptor >= 0 else { return }
        defer { Glibc.close(descriptor) }
        let text = Array("READY=1\nMAINPID=\(getpid())".utf8)
        withAddress(of: socket) { address, length in
            _ = sendto(descriptor, text, text.count, Int32(MSG_NOSIGNAL), address, length)
        }
    }
}

/// Hears which of the processes that got its name are ready.
///
/// Its name is an abstract one, so nothing is left behind in a folder. It closes with its last owner.
public final class ReadinessSocket: Sendable {
    private let descriptor: Int32
    /// The value of `NOTIFY_SOCKET` for the processes to be started.
    public let name: String

    /// - Throws: `PlatformError`.
    public init() throws(PlatformError) {
        let descriptor = socket(AF_UNIX, datagram | closeOnExec | nonBlocking, 0)
        guard descriptor >= 0 else { throw PlatformError("open a socket") }
        // Without a name, the kernel chooses a free abstract one.
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var length = socklen_t(MemoryLayout<sa_family_t>.size)
        let failed = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                guard bind(descriptor, pointer, length) == 0 else { return true }
                length = socklen_t(MemoryLayout<sockaddr_un>.size)
                return getsockname(descriptor, pointer, &length) != 0
            }
        }
        guard !failed else {
            let error = PlatformError("name a socket")
            Glibc.close(descriptor)
            throw error
        }
        let letters = withUnsafeBytes(of: address.sun_path) { path in
            Array(path.prefix(Int(length) - MemoryLayout<sa_family_t>.size).dropFirst())
        }
        name = "@" + String(decoding: letters, as: UTF8.self)
        self.descriptor = descriptor
    }

    deinit { Glibc.close(descriptor) }

    /// Takes the next process that has become ready; `nil` when there is none at the moment.
    public func next() -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &bytes, bytes.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            let lines = String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n")
            guard lines.contains("READY=1"), let line = lines.first(where: { $0.hasPrefix("MAINPID=") }) else {
                continue
            }
            if let process = Int32(line.dropFirst("MAINPID=".count)) { return process }
        }
    }
}

private let datagram = Int32(SOCK_DGRAM.rawValue)
private let closeOnExec = Int32(SOCK_CLOEXEC.rawValue)
private let nonBlocking = Int32(SOCK_NONBLOCK.rawValue)

/// Lends C the address of a path, or of an abstract name after `@`; nothing for one that is too long.
private func withAddress(of name: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Void) {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let isAbstract = name.hasPrefix("@")
    let letters = (isAbstract ? [0] : []) + Array(name.utf8.dropFirst(isAbstract ? 1 : 0))
    guard letters.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: letters) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + letters.count + (isAbstract ? 0 : 1))
    withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
    }
}
