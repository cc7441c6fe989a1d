public import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Platform
public import ServiceLifecycle
public import SwiftWorker
import Synchronization

/// Serves a worker's health and metrics over HTTP, as long as the worker lives. It never runs a task's code, and no task
/// waits for it.
public struct MonitoringService: Service {
    /// A server that ended is started again after so long.
    static let pause: Duration = .seconds(1)
    /// So many peers may be connected at a time; more are turned away.
    static let maximumPeers = 64

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
        // Its own thread: the endpoint answers also when tasks keep all of Swift's.
        let thread = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            try await cancelWhenGracefulShutdown { try await serve(on: thread) }
        } catch {
            try? await thread.shutdownGracefully()
            throw error
        }
        try? await thread.shutdownGracefully()
        if case .unix(let path) = address { Files.remove(path) }
    }

    private func serve(on thread: MultiThreadedEventLoopGroup) async throws {
        var hasListened = false
        while !Task.isCancelled {
            do {
                try await makeRoom(thread)
                let server = try await bootstrap(thread).bind(to: address.socketAddress()).get()
                if !hasListened { announce() }
                hasListened = true
                try await withTaskCancellationHandler {
                    try await server.closeFuture.get()
                } onCancel: {
                    server.close(promise: nil)
                }
            } catch {
                if Task.isCancelled { return }
                guard hasListened else { throw MonitoringError(address: address, reason: Self.reason(error)) }
                logger.error("Health and metrics are not served: \(Self.reason(error)). Trying again")
            }
            try? await Task.sleep(for: Self.pause)
        }
    }

    private func announce() {
        logger.info("Health and metrics are served on \(address): /livez, /readyz, /startupz, /metrics")
    }

    private func bootstrap(_ thread: MultiThreadedEventLoopGroup) -> ServerBootstrap {
        // What a scraper sends is some hundred bytes.
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = 8 << 10
        limits.maxHeaderListSize = 32 << 10
        limits.maxHeaderFieldCount = 100
        let peers = Peers()
        return ServerBootstrap(group: thread)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { [answers, limits] channel in
                channel.eventLoop.makeCompletedFuture {
                    channel.closeFuture.whenComplete { _ in peers.count.subtract(1, ordering: .relaxed) }
                    guard peers.count.add(1, ordering: .relaxed).newValue <= Self.maximumPeers else {
                        throw ChannelError.inputClosed
                    }
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.configureHTTPServerPipeline(
                        withEncoderConfiguration: .init(),
                        withDecoderLimitConfiguration: limits
                    )
                    try pipeline.addHandler(EndpointHandler(answers))
                }
            }
    }

    /// How many are connected.
    private final class Peers: Sendable {
        let count = Atomic(0)
    }

    /// Takes a socket away that a worker has left behind which did not end well; not one that somebody answers at.
    private func makeRoom(_ thread: MultiThreadedEventLoopGroup) async throws {
        guard case .unix(let path) = address, Files.exists(path) else { return }
        if let other = try? await ClientBootstrap(group: thread).connect(unixDomainSocketPath: path).get() {
            other.close(promise: nil)
            throw MonitoringError(address: address, reason: "another process listens there")
        }
        Files.remove(path)
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as IOError: PlatformError("listen", errno: error.errnoCode).reason
        case let error as MonitoringError: error.reason
        default: "\(error)"
        }
    }
}
