import NIOCore
import NIOHTTP1

/// Answers the requests of one connection, one after the other.
final class EndpointHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// How long a peer may let the endpoint wait: for its next request, to its end, and until it takes the answer.
    static let patience: TimeAmount = .seconds(10)

    private let answers: HealthAnswers
    private var request: HTTPRequestHead?
    private var deadline: Scheduled<Void>?

    init(_ answers: HealthAnswers) { self.answers = answers }

    func channelActive(context: ChannelHandlerContext) {
        awaitPeer(context.channel)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): request = head
        // No request here has one.
        case .body: break
        case .end:
            guard let request else { return }
            self.request = nil
            respond(to: request, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func awaitPeer(_ channel: any Channel) {
        deadline?.cancel()
        deadline = channel.eventLoop.scheduleTask(in: Self.patience) { channel.close(promise: nil) }
    }

    private func respond(to request: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let isKept = request.isKeepAlive && request.version == .http1_1
        let (status, contentType, body) = answer(to: request)
        var headers: HTTPHeaders = [
            "Content-Type": contentType, "Content-Length": String(body.utf8.count), "Cache-Control": "no-store",
        ]
        if status == .methodNotAllowed { headers.add(name: "Allow", value: "GET, HEAD") }
        if !isKept { headers.add(name: "Connection", value: "close") }
        let head = HTTPResponseHead(version: request.version, status: status, headers: headers)
        let channel = context.channel
        let taken = channel.eventLoop.makePromise(of: Void.self)
        awaitPeer(channel)
        if request.method == .HEAD {
            context.writeAndFlush(wrapOutboundOut(.head(head)), promise: taken)
        } else {
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: taken)
        }
        // The next request is read when this answer has ended. So what a peer asks at once and does not take never piles up,
        // neither as answers nor, called right here, on the stack.
        taken.futureResult.assumeIsolated().whenSuccess {
            channel.eventLoop.assumeIsolated().execute { self.end(isKept, channel) }
        }
    }

    private func end(_ isKept: Bool, _ channel: any Channel) {
        awaitPeer(channel)
        let end = channel.writeAndFlush(HTTPServerResponsePart.end(nil))
        if !isKept { end.whenComplete { _ in channel.close(promise: nil) } }
    }

    private func answer(to request: HTTPRequestHead) -> (HTTPResponseStatus, contentType: String, body: String) {
        guard request.method == .GET || request.method == .HEAD else {
            return (.methodNotAllowed, "text/plain", "There is nothing to change here: GET and HEAD only.\n")
        }
        guard let answer = answers.answer(to: String(request.uri.prefix { $0 != "?" })) else {
            return (.notFound, "text/plain", "There are /livez, /readyz, /startupz and /metrics.\n")
        }
        return (answer.status == 200 ? .ok : .serviceUnavailable, answer.contentType, answer.body)
    }
}
