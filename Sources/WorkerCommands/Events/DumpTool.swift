import BrokerModel
import CeleryProtocol
import Platform
import SwiftWorker
import Threads

/// Runs `swiftworker events --dump`.
struct DumpTool {
    let broker: any Broker
    let settings: Settings
    let console: Console
    let isJSON: Bool

    private enum Input: Sendable {
        case news(EventFeed.News)
        case signal
    }

    /// - Returns: 0 once it is ended by a signal, or nobody reads its output any more.
    /// - Throws: the broker's error when there is none at the start; `StartError` when it is gone for good.
    func run() async throws -> Int32 {
        let calls = try WorkerCalls(broker, settings)
        // Tried once: who mistypes a URL wants to know now.
        await (try broker.makeSession()).close()
        let (inputs, sender) = AsyncStream.makeStream(of: Input.self)
        try SignalWatcher.watch([2, 15]) { _ in sender.yield(.signal) }
        say(EventDump.greeting)
        let consumer = EventFeed { sender.yield(.news($0)) }.start(broker, settings)
        let result: Result<Void, any Error>
        do {
            result = .success(try await print(inputs, calls))
        } catch {
            result = .failure(error)
        }
        await consumer.close()
        try result.get()
        return ProcessExit.success
    }

    private func print(_ inputs: AsyncStream<Input>, _ calls: WorkerCalls) async throws {
        let second = WallClock.now.seconds
        var dump = EventDump(utcOffset: -Double(WallClock.localOffsetSeconds(ofSecond: second)) / 3600)
        let reader = EventReader()
        var skipped = 0
        defer { if skipped > 1 { console.complain("\(skipped) events could not be read.") } }
        var isLost = false
        for await input in inputs {
            switch input {
            case .signal: return
            case .news(.letter(let letter)):
                let reading = reader.read(letter.message)
                letter.settle()
                if reading.skipped > 0, skipped == 0 {
                    console.complain("An event could not be read: \(reading.problem ?? "")")
                }
                skipped += reading.skipped
                let now = WorkerClock.system.wall().secondsSince1970
                var text = ""
                for event in reading.events {
                    text += isJSON ? EventDump.json(event, receivedAt: now) : dump.line(event, receivedAt: now)
                    text += "\n"
                }
                // `events --dump | head` ends the reader first.
                guard FileDescriptor.write(Array(text.utf8), to: console.output) else { return }
            case .news(.listening):
                isLost = false
                // As Celery's: workers say that they are there. Without it they do so by themselves, a little later.
                Task { try? await calls.tell("heartbeat") }
            case .news(.lost(let reason, let retryIn)):
                if !isLost { say(EventDump.lost) }
                isLost = true
                let seconds = Int((retryIn / .seconds(1)).rounded(.up))
                console.complain("-> Cannot connect: \(reason). Trying again in \(seconds) s")
            case .news(.ended(let error)):
                throw StartError(
                    "the broker is gone: \(error.map { "\($0)" } ?? "the connection was closed")",
                    exitCode: ProcessExit.unavailable
                )
            }
        }
    }

    /// What is no event: it would be in the way of who reads JSON.
    private func say(_ line: String) {
        if isJSON { console.complain(line) } else { console.print(line) }
    }
}
