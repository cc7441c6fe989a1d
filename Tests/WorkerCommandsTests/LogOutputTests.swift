import Logging
import Platform
import SwiftWorker
import Testing

@testable import WorkerCommands

@Suite struct LogOutputTests {
    private let second = LogOutput.CachedSecond(second: 0, date: "2026-11-23 02:00:41", offset: "+01:00")

    private func line(
        _ level: Logger.Level,
        _ message: Logger.Message,
        _ metadata: Logger.Metadata = [:],
        format: LogFormat = .text,
        colored: Bool = false,
        milliseconds: Int = 306
    ) -> String {
        let output = LogOutput(descriptor: 2, format: format, isColored: colored)
        let event = LogEvent(
            level: level,
            message: message,
            metadata: nil,
            source: nil,
            file: #fileID,
            function: #function,
            line: #line
        )
        let time = WallClock(seconds: 0, milliseconds: milliseconds)
        return String(decoding: output.render(event, metadata, time, second), as: UTF8.self)
    }

    @Test func linesAreCelerys() {
        #expect(line(.info, "w1@vm ready.") == "[2026-11-23 02:00:41,306: INFO/MainProcess] w1@vm ready.\n")
        #expect(line(.warning, "", milliseconds: 7) == "[2026-11-23 02:00:41,007: WARNING/MainProcess] \n")
        #expect(
            line(.error, "a\nb", ["task_name": "p.add", "task_id": "id-1"])
                == "[2026-11-23 02:00:41,306: ERROR/MainProcess] p.add[id-1]: a\nb\n"
        )
        #expect(
            line(.info, "m", ["b": "2", "a": ["x", "y"], "task_name": "alone"])
                == "[2026-11-23 02:00:41,306: INFO/MainProcess] m a=[\"x\", \"y\"] b=2 task_name=alone\n"
        )
    }

    @Test(arguments: [
        (Logger.Level.trace, "DEBUG"), (.debug, "DEBUG"), (.info, "INFO"), (.notice, "INFO"), (.warning, "WARNING"),
        (.error, "ERROR"), (.critical, "CRITICAL"),
    ])
    func levels(level: Logger.Level, name: String) {
        #expect(line(level, "m").contains(": \(name)/MainProcess] "))
    }

    @Test func colorsOnlyTheMessage() {
        #expect(
            line(.error, "m", colored: true)
                == "[2026-11-23 02:00:41,306: ERROR/MainProcess] \u{1b}[31mm\u{1b}[0m\n"
        )
        #expect(line(.info, "m", colored: true) == "[2026-11-23 02:00:41,306: INFO/MainProcess] m\n")
    }

    @Test func jsonIsOneObjectPerLine() {
        #expect(
            line(.info, "a \"q\"\n\u{1}ü", ["task_id": "i", "n": ["x": "1"], "l": ["p"]], format: .json)
                == #"{"timestamp":"2026-11-23T02:00:41.306+01:00","level":"INFO","process":"MainProcess","#
                + #""message":"a \"q\"\n\u0001ü","metadata":{"l":["p"],"n":{"x":"1"},"task_id":"i"}}"# + "\n"
        )
        #expect(!line(.info, "m", format: .json).contains("metadata"))
    }

    @Test func secondsAreLocalAndCached() {
        let cached = LogOutput.CachedSecond(at: WallClock.now.seconds)
        #expect(cached.date.count == 19)
        #expect(cached.offset.count == 6)
    }

    /// Many threads write long lines into one file; each line must be whole.
    @Test func linesNeverMix() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/log"
            let descriptor = try FileDescriptor.openForAppending(path)
            let output = LogOutput(descriptor: descriptor, format: .text, isColored: false)
            await withTaskGroup(of: Void.self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        let logger = Logger(label: "t") { _ in CeleryLogHandler(output: output, level: .info) }
                        let text = String(repeating: "\(writer)", count: 5000)
                        for _ in 0..<50 { logger.info("\(text)") }
                        logger.debug("hidden")
                    }
                }
            }
            FileDescriptor.close(descriptor)
            let lines = try read(path).split(separator: "\n")
            #expect(lines.count == 400)
            for line in lines {
                let message = line.split(separator: "] ").last ?? ""
                #expect(message.count == 5000 && Set(message).count == 1)
            }
        }
    }

    @Test func metadataOfLoggerAndEventAreBothThere() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/log"
            let descriptor = try FileDescriptor.openForAppending(path)
            let output = LogOutput(descriptor: descriptor, format: .text, isColored: false)
            var logger = Logger(label: "t") { _ in CeleryLogHandler(output: output, level: .info) }
            logger[metadataKey: "task_name"] = "p.add"
            logger[metadataKey: "task_id"] = "7"
            logger.info("m", metadata: ["k": "v"])
            FileDescriptor.close(descriptor)
            #expect(try read(path).hasSuffix(": INFO/MainProcess] p.add[7]: m k=v\n"))
        }
    }
}
