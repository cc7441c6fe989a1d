/// How the next broker is chosen when one fails.
public enum FailoverStrategy: String, Sendable, CaseIterable {
    case roundRobin = "round-robin"
    case shuffle
}
