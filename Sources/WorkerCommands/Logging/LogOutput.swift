import Logging
import Platform
import SwiftWorker
import Threads

/// Where log lines go. Each is one write, made under a lock, so lines never mix.
final class LogOutput: Sendable {
    let format: LogFormat
    let isColored: Bool
    /// Celery's name for the process; tasks of threads run in the main one.
    let processName: String
    private let descriptor: Int32
    private let clock: Lock<CachedSecond>

    init(descriptor: Int32, format: LogFormat, isColored: Bool, processName: String = "MainProcess") {
        self.descriptor = descriptor
        self.format = format
        self.isColored = isColored
        self.processName = processName
        self.clock = Lock(CachedSecond(second: .min, date: "", offset: ""))
    }

    /// Writes one event.
    func write(_ event: LogEvent, metadata: Logger.Metadata) {
        let now = WallClock.now
        clock.withLock { cache in
            if cache.second != now.seconds { cache = CachedSecond(at: now.seconds) }
            FileDescriptor.write(render(event, metadata, now, cache), to: descriptor)
        }
    }

    /// The line, with its end.
    func render(
        _ event: LogEvent,
        _ metadata: Logger.Metadata,
        _ time: WallClock,
        _ cache: CachedSecond
    ) -> [UInt8] {
        switch format {
        case .text: text(event, metadata, time, cache)
        case .json: json(event, metadata, time, cache)
        }
    }

    /// A second's text, made once for all the lines of that second.
    struct CachedSecond: Sendable {
        let second: Int
        /// `2026-11-23 02:00:41`.
        let date: String
        /// `+02:00`.
        let offset: String

        init(second: Int, date: String, offset: String) {
            self.second = second
            self.date = date
            self.offset = offset
        }

        init(at second: Int) {
            self.init(
                second: second,
                date: WallClock.localText(ofSecond: second),
                offset: WallClock.localOffset(ofSecond: second)
            )
        }
    }
}
