extension Instant: Codable {
    /// Reads an ISO-8601 text, or a number of seconds since 1970.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let seconds = try? container.decode(Double.self) {
            self.init(secondsSince1970: seconds)
            return
        }
        guard let value = Instant(iso8601: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an ISO-8601 time")
        }
        self = value
    }

    /// Writes the ISO-8601 text in UTC.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(iso8601())
    }
}
