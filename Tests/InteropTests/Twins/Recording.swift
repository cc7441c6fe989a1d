import Foundation
import JSON
import OrderedCollections

/// What a Python client saw of each case of the scenario.
struct Recording {
    /// The producer's Celery.
    let celery: String
    var cases: JSONObject
    /// How many messages were left in the queue.
    let left: Int64?

    struct Malformed: Error {}

    init(celery: String, cases: JSONObject, left: Int64?) {
        self.celery = celery
        self.cases = cases
        self.left = left
    }

    init(file: URL) throws {
        let root = try JSONDocument(Array(try Data(contentsOf: file))).root.value
        guard let celery = root["celery"]?.string, let cases = root["cases"]?.object else { throw Malformed() }
        self.celery = celery
        self.cases = cases
        left = root["left"]?.integer
    }

    /// Every field of every case in which another recording differs.
    func differences(from other: Recording) -> [Difference] {
        var found: [Difference] = []
        for (name, record) in cases {
            compare(record, other.cases[name], at: [], of: name, &found)
        }
        for name in other.cases.keys where cases[name] == nil {
            found.append(Difference(name: name, path: "", python: nil, swift: other.cases[name]))
        }
        return found
    }

    private func compare(
        _ python: JSONValue?,
        _ swift: JSONValue?,
        at path: [String],
        of name: String,
        _ found: inout [Difference]
    ) {
        switch (python, swift) {
        case (.object(let left), .object(let right)):
            for (key, value) in left { compare(value, right[key], at: path + [key], of: name, &found) }
            for (key, value) in right where left[key] == nil { compare(nil, value, at: path + [key], of: name, &found) }
        case (.array(let left), .array(let right)) where left.count == right.count:
            for (index, value) in left.enumerated() {
                compare(value, right[index], at: path + [String(index)], of: name, &found)
            }
        default:
            if python == swift { return }
            found.append(Difference(name: name, path: path.joined(separator: "."), python: python, swift: swift))
        }
    }
}

/// One field in which the two workers differ.
struct Difference: CustomStringConvertible {
    var name: String
    var path: String
    var python: JSONValue?
    var swift: JSONValue?

    var description: String {
        "\(name) \(path): Python \(Self.text(python)), Swift \(Self.text(swift))"
    }

    private static func text(_ value: JSONValue?) -> String {
        guard let value else { return "nothing" }
        return String("\(value)".prefix(400))
    }
}
