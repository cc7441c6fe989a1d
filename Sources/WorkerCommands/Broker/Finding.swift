/// Something that will go wrong.
struct Finding: Sendable, Hashable {
    /// What kind of problem it is, for scripts.
    enum Kind: String, Sendable, Hashable {
        case oldVersion = "old-version"
        case consumerTimeout = "consumer-timeout"
        case differingDeclaration = "differing-declaration"
        case missingPermission = "missing-permission"
        case noDeadLettering = "no-dead-lettering"
        case noDeliveryLimit = "no-delivery-limit"
        case deadLetterDeliveryLimit = "dead-letter-delivery-limit"
        case alarm
    }

    let kind: Kind
    /// The queue or exchange that it is about; `nil` for the broker as a whole.
    var subject: String?
    /// How it is.
    let problem: String
    /// What it leads to.
    let consequence: String
    /// What to do.
    let remedy: String

    /// The finding in three lines of a numbered list.
    func text(_ number: Int) -> String {
        """
        \(number). \(problem) [\(kind.rawValue)]
           What will go wrong: \(consequence)
           How to mend it: \(remedy)
        """
    }

    var json: String {
        let members = [
            ("kind", kind.rawValue), ("subject", subject), ("problem", problem), ("consequence", consequence),
            ("remedy", remedy),
        ]
        let texts = members.map { name, value in "\"\(name)\": \(value.map { JSONText.quoted($0) } ?? "null")" }
        return "{" + texts.joined(separator: ", ") + "}"
    }
}
