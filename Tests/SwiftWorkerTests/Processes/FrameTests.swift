import BrokerModel
import CeleryProtocol
import JSON
import Logging
import OrderedCollections
import Processes
import Testing

@testable import SwiftWorker

@Suite("Frames between a pool and its children")
struct FrameTests {
    /// One of everything that a frame may hold.
    static let properties: MessageProperties = {
        var properties = MessageProperties(
            contentType: "application/json",
            contentEncoding: "utf-8",
            headers: [
                "task": "tasks.add", "void": .void, "yes": .bool(true), "no": .bool(false), "int8": .int8(-1),
                "uint8": .uint8(.max), "int16": .int16(.min), "uint16": .uint16(.max), "int32": .int32(.min),
                "uint32": .uint32(.max), "int64": .int64(.min), "uint64": .uint64(.max), "float": .float(1.5),
                "double": .double(-.infinity), "decimal": .decimal(scale: 2, unscaled: 12345),
                "bytes": .bytes([0, 255]),
                "timestamp": .timestamp(1 << 40), "array": .array(["a", .array([.int8(1)]), .table(["b": .void])]),
                "empty": .table([:]), "": "ünïcödé \u{0}",
            ],
            deliveryMode: 2,
            priority: 9,
            correlationID: "id",
            replyTo: "reply",
            expiration: "1000"
        )
        properties.messageID = "m"
        properties.timestamp = .max
        properties.type = "t"
        properties.userID = "u"
        properties.appID = "a"
        properties.clusterID = ""
        return properties
    }()

    static let incoming = IncomingMessage(
        exchange: "x",
        routingKey: "k",
        queue: "q",
        isRedelivered: true,
        properties: properties,
        body: Array("[[1], {}, {}]".utf8)
    )

    static let settings = ChildSettings(
        hostname: "celery@host",
        acceptContent: ["json", "application/x"],
        messageMaxBytes: 1 << 20,
        logLevel: .notice,
        defaultQueue: "celery",
        routes: [
            RouteSettings(pattern: "a.*", queue: "q"), RouteSettings(pattern: "b", exchange: "x", routingKey: "r"),
        ]
    )

    static let outcomes: [Outcome] = [
        .success(JSONFragment(.object(["a": [1, .null, "ü"]]))),
        .failure(exception), .failure(.softTimeLimitExceeded), .ignored, .rejected(reason: "no", requeue: true),
        .rejected(reason: "", requeue: false), .expired, .unregistered,
        .refused(InvalidMessage(.undecodable, "bad")), .refused(InvalidMessage(.argumentsNotAMapping, "")),
        .cancelled(.shutdown), .cancelled(.connectionLost), .revoked(.terminated(signal: 9)),
        .cancelled(.softTimeLimit(.milliseconds(1500) + .nanoseconds(7))),
        .retried(RetryPlan(retries: 1, changes: RetryChanges(), cause: nil, timeText: "in 0s")),
        .retried(RetryPlan(retries: .max, changes: changes, cause: exception, timeText: "in 0.5s")),
    ]

    static let changes = RetryChanges(
        args: [1, "ü", .null],
        kwargs: ["b": [true], "a": .double(.nan)],
        eta: Instant(microseconds: .min),
        expires: Instant(microseconds: .max),
        route: MessageRoute(exchange: "x", routingKey: "k"),
        priority: 255,
        timeLimit: 0.1,
        softTimeLimit: .infinity
    )

    static let exception: PythonException = {
        var exception = PythonException(
            type: "Outer.Inner",
            module: "m",
            arguments: [1, "two", .double(3.5), .bigInteger("123456789012345678901234567890"), ["x": [true]]]
        )
        exception.traceback = "Traceback\n"
        return exception
    }()

    static let childFrames: [ChildFrame] =
        [
            .ready,
            .state(job: 7, name: "PROGRESS", meta: JSONFragment(["done": 5])),
            .publish(job: -1, id: "id", OutgoingMessage(routingKey: "k", properties: properties, body: [1, 2, 3])),
            .log(
                LogLine(
                    level: .error,
                    message: "a line",
                    // A dictionary of more has no order.
                    metadata: ["list": ["x", ["y": "z"], .stringConvertible(7)]]
                )
            ),
        ] + outcomes.map { .outcome(job: .max, $0) }

    static let controlFrames: [ControlFrame] = [
        .ping(1), .pong(.max), .cancel(job: 3, .softTimeLimit(.seconds(60))), .cancel(job: 4, .shutdown),
        .cancel(job: 5, .connectionLost), .cancel(job: 6, .terminated(signal: 15)),
    ]

    static func bytes(_ write: (inout FrameEncoder) -> Void) -> [UInt8] {
        var encoder = FrameEncoder()
        write(&encoder)
        return encoder.bytes
    }

    /// Cuts frames out of bytes and reads each.
    static func read<Frame>(
        _ bytes: [UInt8],
        limit: Int = 1 << 24,
        _ make: (FrameDecoder) throws(FrameError) -> Frame
    ) throws(FrameError) -> [Frame] {
        var inbox = FrameInbox(limit: limit)
        inbox.append(bytes)
        var frames: [Frame] = []
        while let frame = try inbox.next() { frames.append(try make(frame)) }
        return frames
    }

    @Test func jobsArriveAsTheyWere() throws {
        let bytes = Self.bytes { encoder in
            ParentFrame.hello(Self.settings).write(to: &encoder)
            ParentFrame.run(job: 42, Self.incoming).write(to: &encoder)
        }
        let frames = try Self.read(bytes, ParentFrame.init)
        guard frames.count == 2, case .hello(let settings) = frames[0], case .run(42, let message) = frames[1] else {
            Issue.record("\(frames)")
            return
        }
        #expect(settings == Self.settings)
        #expect(message.properties == Self.properties)
        #expect(message.body == Self.incoming.body)
        #expect(message.exchange == "x" && message.routingKey == "k" && message.queue == "q" && message.isRedelivered)
    }

    @Test func whatChildrenSayArrivesAsItWas() throws {
        let bytes = Self.bytes { encoder in for frame in Self.childFrames { frame.write(to: &encoder) } }
        let frames = try Self.read(bytes, ChildFrame.init)
        // Values of these types have no equality of their own.
        #expect(frames.map { String(reflecting: $0) } == Self.childFrames.map { String(reflecting: $0) })
    }

    @Test func controlArrivesAsItWas() throws {
        let bytes = Self.bytes { encoder in for frame in Self.controlFrames { frame.write(to: &encoder) } }
        #expect(try Self.read(bytes, ControlFrame.init) == Self.controlFrames)
    }

    @Test func anOutcomeThatNoBodyEndsInIsAFailure() throws {
        let bytes = Self.bytes { ChildFrame.outcome(job: 1, .timedOut(.seconds(1))).write(to: &$0) }
        guard case .outcome(1, .failure(let exception)) = try Self.read(bytes, ChildFrame.init).first else {
            Issue.record("no failure")
            return
        }
        #expect(exception.type == "RuntimeError")
    }

    @Test func longLinesAndDeepMetadataAreCut() throws {
        var deep: Logger.MetadataValue = "end"
        for _ in 0..<100 { deep = .array([deep]) }
        let line = LogLine(level: .info, message: String(repeating: "ü", count: 1 << 20), metadata: ["deep": deep])
        let bytes = Self.bytes { ChildFrame.log(line).write(to: &$0) }
        guard case .log(let read) = try Self.read(bytes, ChildFrame.init).first else {
            Issue.record("no line")
            return
        }
        #expect(read.message.utf8.count == LogLine.maximumLength)
    }

    @Test func aFrameMayComeInPieces() throws {
        let bytes = Self.bytes { encoder in for frame in Self.childFrames { frame.write(to: &encoder) } }
        var inbox = FrameInbox(limit: 1 << 20)
        var count = 0
        for byte in bytes {
            inbox.append([byte])
            while try inbox.next() != nil { count += 1 }
        }
        #expect(count == Self.childFrames.count)
    }

    @Test func aFrameBeyondTheLimitOrWithoutKindIsRefused() {
        let bytes = Self.bytes { ControlFrame.ping(1).write(to: &$0) }
        #expect(throws: FrameError("a frame of 9 bytes, where 8 are the limit")) {
            try Self.read(bytes, limit: 8, ControlFrame.init)
        }
        #expect(throws: FrameError("a frame of 0 bytes, where 8 are the limit")) {
            try Self.read([0, 0, 0, 0], limit: 8, ControlFrame.init)
        }
    }

    @Test func anotherVersionIsRefused() {
        var bytes = Self.bytes { ParentFrame.hello(Self.settings).write(to: &$0) }
        bytes[5] = 9
        #expect(throws: FrameError("a hello of version 9, where 2 is spoken")) {
            try Self.read(bytes, ParentFrame.init)
        }
    }

    @Test func nestingHasALimit() {
        var value = FieldValue.void
        for _ in 0..<200 { value = .array([value]) }
        let message = IncomingMessage(
            routingKey: "k",
            queue: "q",
            properties: MessageProperties(headers: ["deep": value]),
            body: []
        )
        let bytes = Self.bytes { ParentFrame.run(job: 1, message).write(to: &$0) }
        #expect(throws: FrameError("a frame that is nested too deeply")) { try Self.read(bytes, ParentFrame.init) }
    }

    @Test("Whatever is changed in a frame, it is read or refused, and nothing else")
    func mutations() {
        var random = SystemRandomNumberGenerator()
        let parents = Self.bytes { encoder in
            ParentFrame.hello(Self.settings).write(to: &encoder)
            ParentFrame.run(job: 42, Self.incoming).write(to: &encoder)
        }
        let children = Self.bytes { encoder in for frame in Self.childFrames { frame.write(to: &encoder) } }
        let controls = Self.bytes { encoder in for frame in Self.controlFrames { frame.write(to: &encoder) } }
        var refused = 0
        func attempt(_ body: () throws -> Void) {
            do { try body() } catch { refused += 1 }
        }
        for _ in 0..<3_000 {
            attempt { _ = try Self.read(Self.mutated(parents, &random), ParentFrame.init) }
            attempt { _ = try Self.read(Self.mutated(children, &random), ChildFrame.init) }
            attempt { _ = try Self.read(Self.mutated(controls, &random), ControlFrame.init) }
        }
        #expect(refused > 1_000)
    }

    private static func mutated(_ bytes: [UInt8], _ random: inout SystemRandomNumberGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let index = Int.random(in: bytes.indices, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[index] = .random(in: 0...255, using: &random)
            case 1: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 2: bytes.remove(at: index)
            default: bytes.insert(.random(in: 0...255, using: &random), at: index)
            }
        }
        return bytes
    }
}
