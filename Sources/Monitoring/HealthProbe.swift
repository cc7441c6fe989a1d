import FlyingFox
import FlyingSocks
import Foundation
public import SwiftWorker

/// Asks a worker's endpoint.
public struct HealthProbe: Sendable {
    public let address: HealthAddress

    public init(address: HealthAddress) {
        // Whoever listens everywhere is asked on the loopback.
        switch address {
        case .ip("0.0.0.0", let port): self.address = .ip("127.0.0.1", port: port)
        case .ip("::", let port): self.address = .ip("::1", port: port)
        default: self.address = address
        }
    }

    /// What a worker has answered.
    public struct Reply: Sendable, Hashable {
        /// Whether it has said yes.
        public let isGood: Bool
        public let body: String
    }

    /// Asks for a path such as `/readyz`.
    ///
    /// - Throws: when nobody answers within `timeout`.
    public func ask(_ path: String, timeout: Duration) async throws -> Reply {
        let address = address
        return try await withThrowingTaskGroup(of: Reply.self) { group in
            group.addTask { try await Self.ask(path, at: address.socketAddress()) }
            group.addTask {
                try await Task.sleep(for: timeout)
                throw HealthProbeError(description: "no answer from \(address)")
            }
            defer { group.cancelAll() }
            guard let reply = try await group.next() else { throw CancellationError() }
            return reply
        }
    }

    private static func ask(_ path: String, at address: any SocketAddress) async throws -> Reply {
        var client = HTTPClient()
        let request = HTTPRequest(
            method: .GET,
            version: .http11,
            path: path,
            query: [],
            headers: [.host: "localhost", .connection: "close"],
            body: Data()
        )
        let response = try await client.sendHTTPRequest(request, to: address)
        let body = String(decoding: try await response.bodyData, as: UTF8.self)
        return Reply(isGood: response.statusCode == .ok, body: body)
    }
}

/// Why a worker's endpoint can't be asked.
struct HealthProbeError: Error, CustomStringConvertible {
    let description: String
}
