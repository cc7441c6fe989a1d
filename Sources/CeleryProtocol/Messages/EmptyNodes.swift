import JSON

/// Stand-ins for arguments that a protocol 1 message leaves out.
enum EmptyNodes {
    private static let document = Result { try JSONDocument(Array("[[], {}]".utf8)) }

    static func array(unless given: JSONNode?) throws(InvalidMessage) -> JSONNode {
        if let given { given } else { try element(0) }
    }

    static func object(unless given: JSONNode?) throws(InvalidMessage) -> JSONNode {
        if let given { given } else { try element(1) }
    }

    private static func element(_ index: Int) throws(InvalidMessage) -> JSONNode {
        guard let node = try? document.get().root[index] else {
            throw InvalidMessage(.undecodable, "no empty arguments")
        }
        return node
    }
}
