import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections
import Platform
import SwiftWorker

/// Runs the screen of `swiftworker events`.
struct MonitorTool {
    let broker: any Broker
    let settings: Settings
    /// The broker, without password.
    let place: String
    let isColoured: Bool
    /// Between two pictures.
    let interval: Duration

    private enum News: Sendable {
        case feed(EventFeed.News)
        /// What became of something that was asked for.
        case note(String)
        case replies(title: String, [ControlReply])
    }

    /// - Returns: 0 once it is ended by a key or a signal.
    /// - Throws: the broker's error when there is none at the start; `StartError` when it is gone for good.
    func run() async throws -> Int32 {
        let calls = try WorkerCalls(broker, settings)
        // Tried once, and before the screen: who mistypes a URL wants to read what is wrong.
        await (try broker.makeSession()).close()
        let screen = try LiveScreen<News>(isColoured: isColoured, interval: interval)
        let consumer = EventFeed { screen.send(.feed($0)) }.start(broker, settings)
        let result: Result<Void, any Error>
        do {
            result = .success(try await show(screen, calls))
        } catch {
            result = .failure(error)
        }
        screen.end()
        await consumer.close()
        try result.get()
        return ProcessExit.success
    }

    private func show(_ screen: LiveScreen<News>, _ calls: WorkerCalls) async throws {
        let reader = EventReader()
        var state = MonitorState(at: Self.now)
        var view = MonitorView()
        func draw() {
            let picture = MonitorScreen(state: state, view: view, place: place, size: screen.size, now: Self.now)
            screen.draw(picture.lines)
        }
        draw()
        for await input in screen.inputs {
            switch input {
            case .quit: return
            case .tick, .resized: draw()
            case .key(let key):
                let wish = view.press(key, state, rows: MonitorScreen.rows(screen.size))
                if wish == .quit { return }
                if let wish { fulfil(wish, screen, calls, &view) }
                draw()
            case .news(.note(let text)):
                view.note = text
                draw()
            case .news(.replies(let title, let replies)):
                view.note = nil
                view.open(.replies(title: title, lines: Self.lines(replies)))
                draw()
            case .news(.feed(.letter(let letter))):
                state.apply(reader.read(letter.message), at: Self.now)
                letter.settle()
            case .news(.feed(.listening)):
                view.trouble = nil
                // Workers say that they are there; without it they do so by themselves, a little later.
                Task { try? await calls.tell("heartbeat") }
            case .news(.feed(.lost(let reason, let retryIn))):
                let seconds = Int((retryIn / .seconds(1)).rounded(.up))
                view.trouble = "no connection: \(ScreenText.line(reason)); tried again in \(seconds) s"
                draw()
            case .news(.feed(.ended(let error))):
                throw StartError(
                    "the broker is gone: \(error.map { "\($0)" } ?? "the connection was closed")",
                    exitCode: ProcessExit.unavailable
                )
            }
        }
    }

    /// Does what was asked for, beside the screen.
    private func fulfil(
        _ wish: MonitorView.Wish,
        _ screen: LiveScreen<News>,
        _ calls: WorkerCalls,
        _ view: inout MonitorView
    ) {
        let (title, request): (String, ControlRequest)
        switch wish {
        case .quit: return
        case .enableEvents:
            (title, request) = ("Sending events of tasks", ControlRequest("enable_events"))
        case .revoke(let id, let terminates):
            let arguments: JSONObject = [
                "task_id": .string(id), "terminate": .bool(terminates), "signal": "SIGTERM",
            ]
            (title, request) = ("Revoking \(id)", ControlRequest("revoke", arguments))
        }
        view.note = "\(title): the workers are asked …"
        Task {
            do {
                screen.send(.replies(title: title, try await calls.ask(request)))
            } catch {
                screen.send(.note("\(title) failed: \(error)"))
            }
        }
    }

    private static func lines(_ replies: [ControlReply]) -> [ScreenLine] {
        guard !replies.isEmpty else { return [ScreenLine("  No worker has replied within a second.", .coloured(.red))] }
        return replies.map { reply in
            let (problem, done) = (reply.value["error"], reply.value["ok"])
            let words = (problem ?? done ?? reply.value)
            return ScreenLine("  \(ScreenText.line(reply.node)): ", .bold).adding(
                ScreenText.line(words.string ?? PythonRepr.repr(words)),
                .coloured(problem == nil ? .green : .red)
            )
        }
    }

    /// Seconds on an even clock.
    private static var now: Double { (ContinuousClock.now - epoch) / .seconds(1) }
    private static let epoch = ContinuousClock.now
}
