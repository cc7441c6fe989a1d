extension PythonDateTime: Codable {
    /// Reads an ISO-8601 text; kombu's wrapped form is read by `KombuTypes`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = PythonDateTime(iso8601: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an ISO-8601 date and time")
        }
        self = value
    }

    /// Writes the ISO-8601 text; kombu's wrapped form is written by `KombuTypes`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(iso8601)
    }
}
