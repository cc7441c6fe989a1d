import CeleryProtocol
import SwiftWorker

/// Which dead-letter queues are read. AMQP can't list queues, so they come from the configuration or are named.
enum LetterQueues {
    /// - Parameters:
    ///   - patterns: of `--queue`; a name without pattern need not be in the configuration, and may be given with `.dead`.
    ///   - named: of `--from`, which wins.
    ///   - configured: the queues that a worker consumes.
    /// - Returns: those of the configuration's queues that have a dead-letter queue, and of those that are named.
    /// - Throws: `StartError` when a pattern fits none, or a queue that is named can't have a dead-letter queue.
    static func names(
        patterns: [String],
        named: [String],
        configured: [String]
    ) throws(StartError) -> [String] {
        if !named.isEmpty { return unique(named) }
        let configured = configured.filter { DeadLetterTopology.queueName(of: $0) != nil }
        var origins = patterns.isEmpty ? configured : []
        for pattern in patterns.flatMap({ commaSeparated($0) }) {
            if !pattern.contains(where: { "*?[".contains($0) }) {
                origins.append(DeadLetterTopology.origin(of: pattern) ?? pattern)
                continue
            }
            let fitting = configured.filter { ShellPattern.matches($0, pattern: pattern) }
            guard !fitting.isEmpty else {
                throw StartError(
                    "--queue: '\(pattern)' fits no queue of the configuration (\(configured.joined(separator: ", ")))"
                )
            }
            origins += fitting
        }
        var names: [String] = []
        for origin in origins {
            guard let name = DeadLetterTopology.queueName(of: origin) else {
                let isOne = DeadLetterTopology.origin(of: origin) != nil
                let reason = isOne ? "is itself a dead-letter queue" : "can't have a dead-letter queue"
                throw StartError("--queue: '\(origin)' \(reason)")
            }
            names.append(name)
        }
        return unique(names)
    }

    private static func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }
}
