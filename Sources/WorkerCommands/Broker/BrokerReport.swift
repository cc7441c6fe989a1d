/// What `broker check` prints.
struct BrokerReport: Sendable, Hashable {
    /// Product and version.
    let broker: String
    /// Without password.
    let endpoint: String
    let findings: [Finding]
    /// Why policies, permissions and timeout could not be looked at; `nil` if they were.
    let unseen: String?

    var exitCode: Int32 {
        if !findings.isEmpty { return ProcessExit.failure }
        return unseen == nil ? ProcessExit.success : BrokerTool.unseen
    }

    var text: String {
        var lines = ["\(broker) at \(endpoint): \(summary)"]
        for (index, finding) in findings.enumerated() { lines += ["", finding.text(index + 1)] }
        if let unseen {
            lines += [
                "",
                """
                Not looked at: policies, permissions, alarms and consumer_timeout. They take rabbitmqctl, on the broker's \
                machine or through --rabbitmqctl: \(unseen)
                """,
            ]
        }
        return lines.joined(separator: "\n")
    }

    private var summary: String {
        switch findings.count {
        case 0: unseen == nil ? "nothing will go wrong" : "nothing seen that will go wrong"
        case 1: "1 problem"
        case let count: "\(count) problems"
        }
    }

    var json: String {
        let problems = findings.map { "    " + $0.json }.joined(separator: ",\n")
        return """
            {
              "broker": \(JSONText.quoted(broker)),
              "endpoint": \(JSONText.quoted(endpoint)),
              "problems": [\(findings.isEmpty ? "" : "\n" + problems + "\n  ")],
              "unseen": \(unseen.map { JSONText.quoted($0) } ?? "null")
            }
            """
    }
}
