import JSON

/// The numbers of the configuration's `trimming`.
struct TrimmingSettings: Sendable, Hashable {
    /// What counts as silence, in dB.
    var silenceThreshold = -40.0
    /// The shortest silence that counts, in seconds.
    var minSilenceDuration = 2.0
    /// How much before the first sound is kept, in seconds.
    var paddingBefore = 5.0
    /// How much after the last sound is kept, in seconds.
    var paddingAfter = 5.0

    init() {}

    /// Reads a resolved configuration; what is missing or null has V1's default.
    ///
    /// - Throws: `.invalid` for anything that is no finite number.
    init(_ configuration: JSONValue) throws(ZoomUploaderError) {
        let trimming = configuration["trimming"]
        try Self.read("silence_threshold", trimming, into: &silenceThreshold)
        try Self.read("min_silence_duration", trimming, into: &minSilenceDuration)
        try Self.read("padding_before", trimming, into: &paddingBefore)
        try Self.read("padding_after", trimming, into: &paddingAfter)
        guard minSilenceDuration >= 0 else {
            throw .invalid("trimming.min_silence_duration must not be negative")
        }
    }

    private static func read(
        _ name: String,
        _ trimming: JSONValue?,
        into number: inout Double
    ) throws(ZoomUploaderError) {
        guard let value = trimming?[name], !value.isNull else { return }
        guard let found = value.double, found.isFinite else { throw .invalid("trimming.\(name) must be a number") }
        number = found
    }
}
