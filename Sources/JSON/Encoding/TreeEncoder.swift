import CJansson

/// The encoder of one value; owner of its node until that is handed over.
///
/// Containers keep their encoder, so the node under them lives as long as they do, also when the parent has replaced
/// it meanwhile.
final class TreeEncoder: Encoder {
    /// Where a node goes that is made late, by someone who holds the encoder alone (`superEncoder`).
    enum Place {
        case member(of: TreeEncoder, name: String)
        case element(of: TreeEncoder, index: Int)
    }

    let session: EncodingSession
    let step: CodingPathStep?
    private let place: Place?
    private var node: OwnedNode?

    init(session: EncodingSession, step: CodingPathStep?, place: Place? = nil) {
        self.session = session
        self.step = step
        self.place = place
    }

    deinit { node?.release() }

    var codingPath: [any CodingKey] { step.path() }
    var codingDepth: Int { step?.depth ?? 0 }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// Hands the node over; nil when nothing was encoded.
    func take() -> OwnedNode? {
        guard let node else { return nil }
        json_incref(node.pointer)
        return node
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        hold(JSON_OBJECT, json_object)
        return KeyedEncodingContainer(KeyedTree(encoder: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        hold(JSON_ARRAY, json_array)
        return UnkeyedTree(encoder: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { SingleTree(encoder: self) }

    /// Keeps a container of that type: the one it has (a subclass goes on in its superclass's), or a new one.
    private func hold(_ type: json_type, _ make: () -> JanssonPointer?) {
        // Without memory there is no node, and the containers throw on first use.
        guard node?.pointer.pointee.type != type, let pointer = make() else { return }
        replace(OwnedNode(pointer: pointer))
    }

    /// Takes over a node as this encoder's value.
    func replace(_ new: OwnedNode) {
        node?.release()
        node = new
        switch place {
        case .member(let parent, let name): _ = try? parent.set(retained(new), forName: name)
        case .element(let parent, let index):
            if let array = parent.node { json_array_set_new(array.pointer, index, retained(new).pointer) }
        case nil: break
        }
    }

    private func retained(_ node: OwnedNode) -> OwnedNode {
        json_incref(node.pointer)
        return node
    }

    // MARK: Containers

    /// Sets a member of the object; takes the node over.
    func set(_ value: OwnedNode, forName name: String) throws {
        guard let node else {
            value.release()
            throw JSONError(code: .outOfMemory, message: "jansson made no object")
        }
        var name = name
        let result = name.withUTF8 { name in
            UnsafeRawBufferPointer(name).withMemoryRebound(to: CChar.self) { name in
                guard let start = name.baseAddress else {
                    return json_object_setn_new_nocheck(node.pointer, "", 0, value.pointer)
                }
                return json_object_setn_new_nocheck(node.pointer, start, name.count, value.pointer)
            }
        }
        guard result == 0 else { throw JSONError(code: .outOfMemory, message: "jansson did not take a member") }
    }

    /// Appends an element to the array; takes the node over.
    func append(_ value: OwnedNode) throws {
        guard let node else {
            value.release()
            throw JSONError(code: .outOfMemory, message: "jansson made no array")
        }
        guard json_array_append_new(node.pointer, value.pointer) == 0 else {
            throw JSONError(code: .outOfMemory, message: "jansson did not take an element")
        }
    }

    /// The number of elements in the array.
    var elementCount: Int { node.map { json_array_size($0.pointer) } ?? 0 }

    /// An encoder of its own below this one, its node put in place as soon as there is one.
    func child(_ key: some CodingKey, _ place: Place) -> TreeEncoder {
        TreeEncoder(session: session, step: CodingPathStep(key, after: step), place: place)
    }
}
