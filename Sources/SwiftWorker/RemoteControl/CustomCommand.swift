public import JSON

/// A command of remote control of your own, which `celery inspect NAME`, `celery control NAME` and
/// `app.control.broadcast("NAME", arguments={…})` reach like Celery's.
public struct CustomCommand: Sendable {
    /// Its name; none of Celery's.
    public let name: String
    /// One line on what it does.
    public let summary: String
    /// Takes the keyword arguments of the request. What it returns is the reply, `{"ok": …}` by custom; what it throws is
    /// replied as `{"error": …}`. It may take its time: other commands do not wait for it. It is
    /// cancelled when the worker stops.
    public let run: @Sendable (JSONObject) async throws -> JSONValue

    public init(
        _ name: String,
        _ summary: String = "",
        run: @escaping @Sendable (JSONObject) async throws -> JSONValue
    ) {
        self.name = name
        self.summary = summary
        self.run = run
    }
}
