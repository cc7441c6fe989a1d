import JSON
import OrderedCollections

extension JSONValue {
    /// `self` with another configuration laid over it: objects are merged member by member, everything else is
    /// replaced.
    ///
    /// - Parameter keepingNulls: Whether a null in `override` counts as a value; else it is passed over, and an empty
    ///   text is how one clears a value.
    func merged(with override: JSONValue?, keepingNulls: Bool = false) -> JSONValue {
        guard let override else { return self }
        guard case .object(var members) = self, case .object(let overrides) = override else {
            return override.isNull && !keepingNulls ? self : override
        }
        for (name, value) in overrides {
            guard !value.isNull || keepingNulls else { continue }
            members[name] = members[name].map { $0.merged(with: value, keepingNulls: keepingNulls) } ?? value
        }
        return .object(members)
    }
}
