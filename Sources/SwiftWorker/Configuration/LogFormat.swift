/// How a log line is written.
public enum LogFormat: String, Sendable, CaseIterable {
    /// Celery's lines: `[2026-11-23 02:00:41,306: INFO/MainProcess] message`.
    case text
    /// One JSON object per line.
    case json
}
