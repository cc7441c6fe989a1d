import JSON
import OrderedCollections
import Testing

func document(_ text: String, limits: JSONLimits = JSONLimits()) throws -> JSONDocument {
    try JSONDocument(Array(text.utf8), limits: limits)
}

func value(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

func encoded(_ value: some Encodable, types: (any JSONTypeCoding)? = nil) throws -> String {
    text(try JSONEncoder(types: types).encode(value))
}

func decoded<T: Decodable>(_ type: T.Type, _ json: String, types: (any JSONTypeCoding)? = nil) throws -> T {
    try document(json).root.decode(type, types: types)
}

/// Equality with NaN equal to itself.
func isSame(_ left: JSONValue, _ right: JSONValue) -> Bool {
    switch (left, right) {
    case (.double(let left), .double(let right)): left == right || (left.isNaN && right.isNaN)
    case (.array(let left), .array(let right)): left.elementsEqual(right, by: isSame)
    case (.object(let left), .object(let right)):
        left.elementsEqual(right) { $0.key == $1.key && isSame($0.value, $1.value) }
    default: left == right
    }
}

func error(parsing text: String, limits: JSONLimits = JSONLimits()) throws -> JSONError {
    try error(parsing: Array(text.utf8), limits: limits)
}

func error(parsing bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws -> JSONError {
    try #require(throws: JSONError.self) { _ = try JSONDocument(bytes, limits: limits) }
}

func path(_ error: DecodingError) -> [String] {
    switch error {
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
        .dataCorrupted(let context):
        context.codingPath.map(\.stringValue)
    @unknown default: []
    }
}
