import JSON
import OrderedCollections
import Testing

extension Recording {
    /// Expects what another worker gave, but for what is meant to be otherwise.
    ///
    /// - Parameter isComplete: whether every difference of the list has to be there.
    func expectLike(_ expected: Recording, except list: [IntendedDifference], isComplete: Bool) {
        for (name, record) in cases { #expect(record["broken"] == nil, "\(name): \(record)") }
        let differences = expected.differences(from: self)
        for difference in differences where !list.contains(where: { $0.covers(difference) }) {
            Issue.record("\(difference)")
        }
        guard isComplete else { return }
        for intended in list {
            for name in intended.cases {
                let isNeeded = differences.contains { $0.name == name && intended.covers($0) }
                #expect(isNeeded, "no longer a difference, take it off the list: \(name), \(intended.reason)")
            }
        }
    }
}
