import JSON
import OrderedCollections
import SwiftWorker

/// What the endpoint answers; everything is read off, nothing waited for.
struct HealthAnswers: Sendable {
    /// An answer to be sent.
    struct Answer: Sendable, Hashable {
        var status: Int
        var contentType = "application/json"
        var body: String
    }

    let health: @Sendable () -> WorkerHealth
    let metrics: @Sendable () -> String

    /// - Parameter path: without a query; `nil` stands for what there is not.
    func answer(to path: String) -> Answer? {
        switch path {
        case "/livez": return flag("alive", health().isAlive(at: .now))
        case "/startupz": return flag("started", health().hasStarted)
        case "/readyz": return readiness
        case "/metrics":
            return Answer(status: 200, contentType: "text/plain; version=0.0.4; charset=utf-8", body: metrics())
        default: return nil
        }
    }

    private var readiness: Answer {
        let findings = health().findings(at: .now)
        let isReady = findings.allSatisfy(\.isGood)
        var checks = JSONObject()
        for finding in findings {
            var check: JSONObject = ["ok": .bool(finding.isGood)]
            if !finding.isGood { check["detail"] = .string(String(finding.detail.prefix(500))) }
            checks[finding.check.rawValue] = .object(check)
        }
        return Self.json(isReady, ["ready": .bool(isReady), "checks": .object(checks)])
    }

    private func flag(_ name: String, _ isGood: Bool) -> Answer { Self.json(isGood, [name: .bool(isGood)]) }

    private static func json(_ isGood: Bool, _ object: JSONObject) -> Answer {
        let body = String(decoding: JSONValue.object(object).serialized(), as: UTF8.self)
        return Answer(status: isGood ? 200 : 503, body: body + "\n")
    }
}
