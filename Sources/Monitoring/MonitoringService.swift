import FlyingFox
import FlyingSocks
import Foundation
public import Logging
import Platform
public import ServiceLifecycle
public import SwiftWorker
import Synchronization

/// Serves a worker's health and metrics over HTTP, as long as the worker lives. It never runs a task's code, and no task
/// waits for it.
public struct MonitoringService: Service {
    /// A server that ended is started again after so long.
    static let pause: Duration = .seconds(1)

    private let address: HealthAddress
    private let answers: HealthAnswers
    private let logger: Logger

    /// - Parameters:
    ///   - address: where to listen.
    ///   - worker: whose health it is; its configuration has `isMonitored` set.
    ///   - metrics: renders the metrics in Prometheus' text format; the worker has brought them up to date.
    public init(
        address: HealthAddress,
        worker: Worker,
        metrics: @escaping @Sendable () -> String,
        logger: Logger
    ) {
        self.address = address
        self.logger = logger
        answers = HealthAnswers(
            health: { worker.health },
            metrics: {
                worker.collectMetrics()
                return metrics()
            }
        )
    }

    /// Serves until the worker has stopped.
    ///
    /// - Throws: `MonitoringError` when it can't listen at first. Later it tries again: a worker does its work without.
    public func run() async throws {
        try await cancelWhenGracefulShutdown { try await serve() }
        if case .unix(let path) = address { Files.remove(path) }
    }

    private func serve() async throws {
        let listened = Listened()
        while !Task.isCancelled {
            do {
                try makeRoom()
                let server = HTTPServer(config: try configuration())
                await server.appendRoute("*") { [answers] request in Self.respond(to: request, answers) }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await server.run() }
                    group.addTask {
                        try await server.waitUntilListening()
                        if !listened.once.exchange(true, ordering: .relaxed) { announce() }
                    }
                    // The server's end, or that it does not begin; listening is none.
                    while try await group.next() != nil {}
                }
            } catch {
                if Task.isCancelled { return }
                guard listened.once.load(ordering: .relaxed) else {
                    throw MonitoringError(address: address, reason: Self.reason(error))
                }
                logger.error("Health and metrics are not served: \(Self.reason(error)). Trying again")
            }
            try? await Task.sleep(for: Self.pause)
        }
    }

    /// Whether there has been somebody to ask, at least once.
    private final class Listened: Sendable {
        let once = Atomic(false)
    }

    private func announce() {
        logger.info("Health and metrics are served on \(address): /livez, /readyz, /startupz, /metrics")
    }

    private func configuration() throws -> HTTPServer.Configuration {
        // Nothing is read from a request's body, so there is no room for one.
        HTTPServer.Configuration(
            address: try address.socketAddress(),
            timeout: 5,
            sharedRequestBufferSize: 1024,
            sharedRequestReplaySize: 1024,
            pool: BoundedSocketPool(HTTPServer.defaultPool()),
            logger: .disabled
        )
    }

    /// Takes a socket away that a worker has left behind which did not end well; not one that somebody answers at.
    private func makeRoom() throws {
        guard case .unix(let path) = address, Files.exists(path) else { return }
        let place = sockaddr_un.unix(path: path)
        let socket = try Socket(domain: Int32(place.family))
        defer { try? socket.close() }
        if (try? socket.connect(to: place)) != nil {
            throw MonitoringError(address: address, reason: "another process listens there")
        }
        Files.remove(path)
    }

    private static func respond(to request: HTTPRequest, _ answers: HealthAnswers) -> HTTPResponse {
        guard request.method == .GET || request.method == .HEAD else {
            return HTTPResponse(statusCode: .methodNotAllowed, headers: HTTPHeaders([HTTPHeader("Allow"): "GET, HEAD"]))
        }
        guard let answer = answers.answer(to: request.path) else {
            return HTTPResponse(
                statusCode: .notFound,
                headers: HTTPHeaders([.contentType: "text/plain"]),
                body: Data("There are /livez, /readyz, /startupz and /metrics.\n".utf8)
            )
        }
        return HTTPResponse(
            statusCode: answer.status == 200 ? .ok : .serviceUnavailable,
            headers: HTTPHeaders([.contentType: answer.contentType, .cacheControl: "no-store"]),
            body: request.method == .HEAD ? Data() : Data(answer.body.utf8)
        )
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case SocketError.failed(_, _, let message): message
        case let error as MonitoringError: error.reason
        default: error.localizedDescription
        }
    }
}
