/// A step of a coding path, linked to the ones before: going down costs one small object, and the array that an error
/// shows is only built for an error.
final class CodingPathStep: Sendable {
    let key: any CodingKey
    let previous: CodingPathStep?
    let depth: Int

    init(_ key: some CodingKey, after previous: CodingPathStep?) {
        self.key = key
        self.previous = previous
        depth = (previous?.depth ?? 0) + 1
    }
}

extension CodingPathStep? {
    /// The path from the outermost value.
    func path(below base: [any CodingKey] = [], then last: (any CodingKey)? = nil) -> [any CodingKey] {
        var reversed: [any CodingKey] = []
        if let last { reversed.append(last) }
        var step = self
        while let current = step {
            reversed.append(current.key)
            step = current.previous
        }
        return base + reversed.reversed()
    }
}

/// A key for places that have no declared one: array elements, `super`.
struct PlainKey: CodingKey {
    static let superKey = PlainKey(stringValue: "super")

    let stringValue: String
    let intValue: Int?

    init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }

    init(intValue: Int) {
        stringValue = "Index \(intValue)"
        self.intValue = intValue
    }
}
