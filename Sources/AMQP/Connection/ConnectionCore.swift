import BrokerModel
import CLinux
import CRabbitMQ
import Glibc

/// One connection, from the login to its end. Confined to the connection's thread, which alone touches librabbitmq.
final class ConnectionCore {
    let outbox: Outbox
    private let reader: FrameReader
    let arena = ScratchArena()
    let maxMessageBytes: Int
    private let handle: ConnectionHandle
    private let inbox: Inbox
    private let observer: @Sendable (ConnectionEvent) -> Void
    private let rpcTimeout: Int64
    /// Half and double of the agreed heartbeat interval in nanoseconds; zero is off.
    private let heartbeatInterval: Int64
    private var channels: [UInt16: ChannelCore] = [:]
    private var lastChannel: ChannelCore?
    private var lastNumber: UInt16 = 0
    private var lastReceived = Monotonic.now()
    /// Whether a frame has come since `lastReceived`.
    private var hasReceived = false
    private var commands: [Command] = []
    /// The broker takes no publishes.
    private(set) var isBlocked = false
    /// Before this no answer is due: a broker that blocked the connection has read nothing of it meanwhile.
    private var answersDueFrom = Int64.min
    /// `connection.close` has been sent.
    private(set) var isClosing = false
    private var closeDeadline = Int64.max
    private var closeAnswers: [Answer] = []

    /// How many frames are read before commands are looked at again.
    private static let framesPerTurn = 512

    init(
        _ handle: consuming ConnectionHandle,
        _ configuration: ConnectionConfiguration,
        inbox: Inbox,
        observer: @escaping @Sendable (ConnectionEvent) -> Void
    ) {
        outbox = Outbox(handle)
        reader = FrameReader(handle)
        // With TLS librabbitmq keeps the heartbeats.
        heartbeatInterval = handle.isTLS ? 0 : Int64(handle.heartbeat) * 1_000_000_000
        self.handle = handle
        self.inbox = inbox
        self.observer = observer
        rpcTimeout = configuration.rpcTimeout.nanoseconds
        maxMessageBytes = configuration.maxMessageBytes
    }

    /// Works until the connection ends.
    func run() {
        let end: AMQPError
        do throws(AMQPError) {
            while try turn() {}
            end = AMQPError(.closed, "the connection is closed")
        } catch {
            end = isClosing ? AMQPError(.closed, "the connection is closed") : error
        }
        finish(end)
    }

    func answerDeadline() -> Int64 { Monotonic.now() + rpcTimeout }

    func remove(_ channel: ChannelCore) {
        channels[channel.link.number] = nil
        if lastChannel === channel { lastChannel = nil }
    }

    /// Carries out what was asked, reads what has come, and sleeps when there is nothing to do.
    ///
    /// - Returns: whether to go on.
    private func turn() throws(AMQPError) -> Bool {
        try carryOutCommands()
        try outbox.flush()
        let isDrained = try readFrames()
        if isClosed { return false }
        for channel in channels.values {
            if channel.hasBatch {
                channel.hasBatch = false
                channel.handler?.receivedBatch()
            }
            if !channel.waiting.isEmpty { try channel.publishWaiting() }
        }
        try outbox.flush()
        let now = Monotonic.now()
        if hasReceived {
            lastReceived = now
            hasReceived = false
        }
        try checkDeadlines(now)
        try outbox.flush()
        if isDrained, inbox.maySleep() {
            try sleep(until: nextDeadline(now), now)
            inbox.awoke()
        }
        return true
    }

    // MARK: Commands

    private func carryOutCommands() throws(AMQPError) {
        inbox.take(into: &commands)
        var taken = 0
        // One that fails has its owner already, who fails it: its channel, or its answer.
        defer {
            if taken == commands.count {
                commands.removeAll(keepingCapacity: true)
            } else {
                commands.removeFirst(taken)
            }
        }
        for command in commands {
            taken += 1
            try carryOut(command)
        }
    }

    private func carryOut(_ command: Command) throws(AMQPError) {
        switch command {
        case .openChannel(let opening): try open(opening)
        case .request(let link, let request, let answer):
            guard let channel = channel(link) else {
                answer.fail(AMQPError(.closed, "the channel is closed"))
                return
            }
            try channel.start(request, answer)
        case .publish(let link, let job):
            guard let channel = channel(link) else {
                link.observer(.unfinished([job], AMQPError(.connectionLost, "the channel is closed")))
                return
            }
            try channel.publish(job)
        case .settled(let link):
            try channel(link)?.settleSoon()
        case .close(let answer):
            if let answer { closeAnswers.append(answer) }
            try beginClose()
        }
    }

    private func channel(_ link: ChannelLink) -> ChannelCore? {
        guard let channel = channels[link.number], channel.link === link else { return nil }
        return channel
    }

    private func open(_ opening: ChannelOpening) throws(AMQPError) {
        guard !isClosing, channels.count < handle.channelMax else {
            opening.answer.fail(AMQPError(.closed, isClosing ? "the connection is closed" : "no channel is free"))
            return
        }
        repeat {
            lastNumber = lastNumber >= UInt16(clamping: handle.channelMax) ? 1 : lastNumber + 1
        } while channels[lastNumber] != nil
        let link = ChannelLink(number: lastNumber, inbox: inbox, observer: opening.observer)
        channels[lastNumber] = ChannelCore(opening, link: link, connection: self)
        try outbox.send(AMQP_CHANNEL_OPEN_METHOD, amqp_channel_open_t(), channel: lastNumber)
    }

    private func beginClose() throws(AMQPError) {
        guard !isClosing else { return }
        isClosing = true
        closeDeadline = answerDeadline()
        for channel in channels.values { try channel.close() }
        var close = amqp_connection_close_t()
        close.reply_code = UInt16(AMQP_REPLY_SUCCESS)
        try outbox.send(AMQP_CONNECTION_CLOSE_METHOD, close, channel: 0)
    }

    // MARK: Frames

    private var isClosed = false

    /// - Returns: whether all that has come was read.
    private func readFrames() throws(AMQPError) -> Bool {
        var frame = amqp_frame_t()
        for _ in 0..<ConnectionCore.framesPerTurn {
            guard try reader.next(&frame) else { return true }
            hasReceived = true
            try dispatch(frame)
            if isClosed { return true }
        }
        return false
    }

    private func dispatch(_ frame: amqp_frame_t) throws(AMQPError) {
        if frame.channel == 0 {
            if frame.frame_type == UInt8(AMQP_FRAME_METHOD) { try receive(frame.payload.method) }
            return
        }
        let found: ChannelCore?
        if let lastChannel, lastChannel.link.number == frame.channel {
            found = lastChannel
        } else {
            found = channels[frame.channel]
            lastChannel = found
        }
        // Frames that were under way when the channel ended are of no interest.
        guard let channel = found else { return }
        switch Int32(frame.frame_type) {
        case AMQP_FRAME_METHOD: try channel.receive(frame.payload.method)
        case AMQP_FRAME_HEADER:
            try channel.receiveHeader(bodySize: frame.payload.properties.body_size, frame.payload.properties.decoded)
        case AMQP_FRAME_BODY: try channel.receiveBody(frame.payload.body_fragment)
        default: break
        }
    }

    private func receive(_ method: amqp_method_t) throws(AMQPError) {
        switch method.id {
        case AMQP_CONNECTION_CLOSE_METHOD:
            let fields: amqp_connection_close_t = method.fields()
            let reply = AMQPError.Reply(code: fields.reply_code, text: String(amqp: fields.reply_text))
            try? outbox.send(AMQP_CONNECTION_CLOSE_OK_METHOD, amqp_connection_close_ok_t(), channel: 0)
            try? outbox.flush()
            throw AMQPError(.connectionClosedByBroker, "the broker closed the connection", reply: reply)
        case AMQP_CONNECTION_CLOSE_OK_METHOD: isClosed = true
        case AMQP_CONNECTION_BLOCKED_METHOD:
            let fields: amqp_connection_blocked_t = method.fields()
            isBlocked = true
            observer(.blocked(reason: String(amqp: fields.reason)))
        case AMQP_CONNECTION_UNBLOCKED_METHOD:
            isBlocked = false
            answersDueFrom = answerDeadline()
            observer(.unblocked)
        default: break
        }
    }

    // MARK: Time

    private func checkDeadlines(_ now: Int64) throws(AMQPError) {
        if heartbeatInterval > 0 {
            if now - lastReceived > 2 * heartbeatInterval {
                throw AMQPError(.connectionLost, "the broker has sent nothing for two heartbeats")
            }
            if now - outbox.lastSent >= heartbeatInterval / 2, outbox.pendingBytes == 0 {
                try outbox.sendHeartbeat()
                try outbox.flush()
            }
        }
        if now >= closeDeadline {
            throw AMQPError(.timeout, "the broker did not answer connection.close")
        }
        for channel in channels.values {
            try channel.expirePublishes(now: now)
            if now >= channel.settleAt { try channel.settle() }
            if now >= answerDeadline(of: channel) {
                throw AMQPError(.connectionLost, "the broker did not answer in time")
            }
        }
    }

    private func nextDeadline(_ now: Int64) -> Int64 {
        var next = closeDeadline
        if heartbeatInterval > 0 {
            next = min(next, lastReceived + 2 * heartbeatInterval + 1)
            // With unsent bytes the socket's becoming writable wakes us.
            if outbox.pendingBytes == 0 { next = min(next, outbox.lastSent + heartbeatInterval / 2) }
        } else if handle.isTLS, handle.heartbeat > 0 {
            // librabbitmq sends and checks heartbeats when it is asked for frames.
            next = min(next, now + Int64(handle.heartbeat) * 250_000_000)
        }
        for channel in channels.values {
            next = min(next, channel.nextExpiry, channel.settleAt, answerDeadline(of: channel))
        }
        return next
    }

    /// By when the broker must answer a channel. While it blocks the connection it reads nothing of it, but goes on
    /// sending heartbeats: they bound the waiting then. Without them the deadline is all there is.
    private func answerDeadline(of channel: ChannelCore) -> Int64 {
        isBlocked && handle.heartbeat > 0 ? .max : max(channel.answerDeadline, answersDueFrom)
    }

    private func sleep(until deadline: Int64, _ now: Int64) throws(AMQPError) {
        let wait: Int32 = deadline == .max ? -1 : Int32(clamping: max(0, deadline - now + 999_999) / 1_000_000)
        let socketEvents = Int16(POLLIN) | (outbox.pendingBytes > 0 ? Int16(POLLOUT) : 0)
        let descriptors = (
            pollfd(fd: handle.descriptor, events: socketEvents, revents: 0),
            pollfd(fd: inbox.descriptor, events: Int16(POLLIN), revents: 0)
        )
        var copy = descriptors
        let count = withUnsafeMutableBytes(of: &copy) {
            poll($0.baseAddress?.assumingMemoryBound(to: pollfd.self), 2, wait)
        }
        if count < 0, errno != EINTR {
            throw AMQPError(.connectionLost, "poll: \(String(cString: strerror(errno)))")
        }
        if copy.0.revents & Int16(POLLIN) != 0 { lastReceived = Monotonic.now() }
    }

    // MARK: End

    private func finish(_ end: AMQPError) {
        let left = inbox.close(end)
        for channel in channels.values { channel.end(end) }
        channels = [:]
        commands.append(contentsOf: left)
        for command in commands {
            switch command {
            case .openChannel(let opening): opening.answer.fail(end)
            case .request(_, _, let answer): answer.fail(end)
            case .publish(let link, let job): link.observer(.unfinished([job], end))
            case .settled: break
            case .close(let answer):
                if let answer { closeAnswers.append(answer) }
            }
        }
        commands = []
        observer(.ended(end))
        for answer in closeAnswers { answer.succeed(.done) }
    }
}
