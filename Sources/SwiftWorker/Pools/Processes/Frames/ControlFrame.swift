/// What goes over the channel for control, which a thread of the child's own serves whatever the body does.
enum ControlFrame: Sendable, Hashable {
    /// To the child: give a sign of life.
    case ping(Int)
    /// From the child: the sign, with the ping's number.
    case pong(Int)
    /// To the child: cancel the body of that job, also when it has not arrived yet.
    case cancel(job: Int, CancellationCause)

    private static let pingKind: UInt8 = 1
    private static let pongKind: UInt8 = 2
    private static let cancelKind: UInt8 = 3

    func write(to encoder: inout FrameEncoder) {
        switch self {
        case .ping(let number):
            encoder.begin(Self.pingKind)
            encoder.write(number)
        case .pong(let number):
            encoder.begin(Self.pongKind)
            encoder.write(number)
        case .cancel(let job, let cause):
            encoder.begin(Self.cancelKind)
            encoder.write(job)
            encoder.write(cause)
        }
        encoder.end()
    }

    /// The frame's bytes.
    var bytes: [UInt8] {
        var encoder = FrameEncoder()
        write(to: &encoder)
        return encoder.bytes
    }

    init(_ decoder: FrameDecoder) throws(FrameError) {
        var decoder = decoder
        let kind = try decoder.byte()
        switch kind {
        case Self.pingKind: self = .ping(try decoder.integer())
        case Self.pongKind: self = .pong(try decoder.integer())
        case Self.cancelKind:
            let job = try decoder.integer()
            self = .cancel(job: job, try decoder.cause())
        default: throw FrameError("a control frame of the unknown kind \(kind)")
        }
        try decoder.finish()
    }
}
