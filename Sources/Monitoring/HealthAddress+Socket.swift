import NIOCore
import SwiftWorker

extension HealthAddress {
    /// The address as the system wants it.
    ///
    /// - Throws: when it is none to the system.
    func socketAddress() throws -> SocketAddress {
        switch self {
        case .ip(let host, let port): try SocketAddress(ipAddress: host, port: Int(port))
        case .unix(let path): try SocketAddress(unixDomainSocketPath: path)
        }
    }
}
