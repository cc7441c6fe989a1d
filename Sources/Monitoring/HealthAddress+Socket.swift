import FlyingSocks
import Foundation
import SwiftWorker

extension HealthAddress {
    /// The address as the system wants it.
    ///
    /// - Throws: when it is none to the system.
    func socketAddress() throws -> any SocketAddress {
        switch self {
        case .ip(let host, let port):
            if host.contains(":") { return try sockaddr_in6.inet6(ip6: host, port: port) }
            return try sockaddr_in.inet(ip4: host, port: port)
        case .unix(let path): return sockaddr_un.unix(path: path)
        }
    }
}
