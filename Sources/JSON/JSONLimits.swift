/// Bounds on a text from outside.
public struct JSONLimits: Sendable, Hashable {
    /// How deep arrays and objects may be nested; jansson's own bound caps it at 2,000.
    public var maxDepth: Int
    /// How many digits an integer may have; Python's own bound is 4,300.
    public var maxIntegerDigits: Int
    /// How many values a text may hold; an empty array or object counts as two. For each jansson takes up to 250 bytes,
    /// and one packed byte may become hundreds of them.
    public var maxValues: Int

    public init(maxDepth: Int = 512, maxIntegerDigits: Int = 4_300, maxValues: Int = 2_000_000) {
        self.maxDepth = min(max(maxDepth, 1), 2_000)
        self.maxIntegerDigits = max(maxIntegerDigits, 19)
        self.maxValues = max(maxValues, 1)
    }
}
