/// A difference to a Python worker that is meant, with the reason. The list is reviewed: an entry that no case needs
/// any more fails the test.
struct IntendedDifference {
    /// The cases, by name.
    var cases: [String]
    /// The beginnings of the fields' paths; an empty one is the whole case.
    var paths = [""]
    var reason: String

    static let all = [
        IntendedDifference(
            cases: ["echo_surrogate"],
            paths: ["value", "messages.0.fields.result", "messages.0.fields.text"],
            reason: "a Swift string holds no lone surrogate: reading JSON makes U+FFFD of it"
        ),
        IntendedDifference(
            cases: ["money_trailing_zero", "money_negative", "made", "protocol1_types"],
            paths: ["value", "messages.0.fields.result", "messages.0.fields.text"],
            reason: "Foundation's Decimal keeps no trailing zeros: 1.50 goes out as 1.5, which is equal"
        ),
        IntendedDifference(
            cases: ["protocol1_request"],
            paths: ["value.custom", "messages.0.fields.result.custom", "messages.0.fields.text"],
            reason: "Celery puts a header 'meth' of its own into the request of a protocol 1 message"
        ),
        IntendedDifference(
            cases: ["by_hand_latin1"],
            reason: "bodies of JSON are UTF-8 (RFC 8259), as all that kombu writes; another encoding is refused"
        ),
        IntendedDifference(
            cases: ["by_hand_arguments_no_list", "by_hand_null_arguments"],
            paths: ["exception", "messages.0.fields.result", "messages.0.fields.traceback"],
            reason: "arguments of the wrong shape are told as such, where Python unpacks the keys of an object"
        ),
        IntendedDifference(
            cases: ["by_hand_keywords_list", "by_hand_null_keywords"],
            reason: "Python's thread pool drops such a task without an answer; here it is a FAILURE that says so"
        ),
    ]

    func covers(_ difference: Difference) -> Bool {
        cases.contains(difference.name) && paths.contains { difference.path.hasPrefix($0) }
    }
}
