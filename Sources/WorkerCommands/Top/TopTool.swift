import JSON
import Platform

/// Runs `swiftworker top`.
struct TopTool {
    let probe: TopProbe
    let console: Console
    /// The broker, without password.
    let place: String
    let isColoured: Bool

    /// Looks once.
    ///
    /// - Returns: 69 when no worker has replied.
    /// - Throws: the broker's error.
    func print(isJSON: Bool) async throws -> Int32 {
        let snapshot = try await probe.snapshot()
        await probe.close()
        if isJSON {
            console.print(String(decoding: TopJSON.value(snapshot).serialized(), as: UTF8.self))
        } else {
            var state = TopState()
            state.take(snapshot)
            let lines = TopScreen(state: state, place: place).lines
            console.print(lines.map { $0.text.trimmingRight() }.joined(separator: "\n"))
        }
        guard !snapshot.workers.isEmpty else {
            console.complain("No worker has replied within \(TopProbe.patience.components.seconds) s.")
            return ProcessExit.unavailable
        }
        return ProcessExit.success
    }

    private enum News: Sendable {
        case snapshot(TopSnapshot)
        case failed(String)
    }

    /// Looks again and again, on a screen, until it is ended by a key or a signal.
    ///
    /// - Throws: the broker's error when there is none at the start.
    func show(every interval: Duration) async throws -> Int32 {
        var state = TopState()
        // Before the screen: who mistypes a URL wants to read what is wrong.
        state.take(try await probe.snapshot())
        let screen = try LiveScreen<News>(isColoured: isColoured, interval: .seconds(60))
        let looking = Task {
            while true {
                do { try await Task.sleep(for: interval) } catch { return }
                do {
                    screen.send(.snapshot(try await probe.snapshot()))
                } catch {
                    screen.send(.failed("\(error)"))
                }
            }
        }
        func draw() {
            var lines = TopScreen(state: state, place: place).lines
            let rows = screen.size.rows
            lines = Array(lines.prefix(rows - 1))
            lines += [ScreenLine](repeating: "", count: max(0, rows - 1 - lines.count))
            screen.draw(lines + [ScreenLine("q ends it", .dim)])
        }
        draw()
        inputs: for await input in screen.inputs {
            switch input {
            case .quit, .key(.escape), .key(.character("q")), .key(.character("Q")): break inputs
            case .key: continue
            case .tick, .resized: break
            case .news(.snapshot(let snapshot)): state.take(snapshot)
            case .news(.failed(let reason)): state.fail("no connection: \(reason)")
            }
            draw()
        }
        screen.end()
        looking.cancel()
        await probe.close()
        return ProcessExit.success
    }
}

extension String {
    fileprivate func trimmingRight() -> String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
