import NIOCore
import NIOHTTP1
import NIOPosix
public import SwiftWorker

/// Asks a worker's endpoint.
public struct HealthProbe: Sendable {
    public let address: HealthAddress

    /// For all probes of the process, as long as it lives.
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    /// Beyond all that an endpoint says.
    private static let largestAnswer = 16 << 20

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
        let place = try address.socketAddress()
        let loop = Self.group.next()
        let reply = loop.makePromise(of: Reply.self)
        let limit = loop.scheduleTask(in: TimeAmount(timeout)) { [address] in
            reply.fail(HealthProbeError(description: "no answer from \(address)"))
        }
        let connection = ClientBootstrap(group: loop)
            .connectTimeout(TimeAmount(timeout))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(NIOHTTPClientResponseAggregator(maxContentLength: Self.largestAnswer))
                    try pipeline.addHandler(Question(path, reply))
                }
            }
            .connect(to: place)
        connection.cascadeFailure(to: reply)
        defer {
            limit.cancel()
            connection.whenSuccess { $0.close(promise: nil) }
        }
        return try await reply.futureResult.get()
    }

    /// One request on a connection of its own.
    private final class Question: ChannelInboundHandler {
        typealias InboundIn = NIOHTTPClientResponseFull
        typealias OutboundOut = HTTPClientRequestPart

        private let path: String
        private let reply: EventLoopPromise<Reply>

        init(_ path: String, _ reply: EventLoopPromise<Reply>) {
            self.path = path
            self.reply = reply
        }

        func channelActive(context: ChannelHandlerContext) {
            let headers: HTTPHeaders = ["Host": "localhost", "Connection": "close"]
            let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: path, headers: headers)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let answer = unwrapInboundIn(data)
            let body = answer.body.map { String(buffer: $0) } ?? ""
            reply.succeed(Reply(isGood: answer.head.status == .ok, body: body))
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            reply.fail(error)
            context.close(promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) {
            reply.fail(HealthProbeError(description: "the connection was closed before the answer"))
        }
    }
}

/// Why a worker's endpoint can't be asked.
struct HealthProbeError: Error, CustomStringConvertible {
    let description: String
}
