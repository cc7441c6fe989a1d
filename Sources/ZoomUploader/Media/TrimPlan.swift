/// What to keep of a recording (application reference, section 7).
enum TrimPlan: Sendable, Hashable {
    /// Sound throughout: the original serves as it is.
    case wholeFile
    /// The part from `start` to `end`, in seconds.
    case window(start: Double, end: Double)
    /// Nothing sensible is known about the end.
    case undetermined

    /// How close to an end a silence must come to count as being there, in seconds.
    private static let tolerance = 0.1

    /// - Parameters:
    ///   - audioDuration: The analysed audio's, in seconds; `nil` when unknown.
    ///   - videoDuration: The original's, in seconds, which the window must not pass; `nil` when unknown.
    init(
        _ scan: SilenceScan,
        audioDuration: Double?,
        videoDuration: Double?,
        paddingBefore: Double,
        paddingAfter: Double
    ) {
        let (firstSound, lastSound) = Self.bounds(scan, audioDuration)
        guard let lastSound else {
            self = firstSound == 0 ? .wholeFile : .undetermined
            return
        }
        let start = max(0, firstSound - paddingBefore)
        self = Self.clamped(start: start, end: lastSound + paddingAfter, videoDuration ?? audioDuration)
    }

    /// Where sound begins, and where it ends if that is known and not simply the file's end.
    private static func bounds(_ scan: SilenceScan, _ duration: Double?) -> (first: Double, last: Double?) {
        guard let first = scan.first, let last = scan.last else { return (0, nil) }
        let firstSound = first.start > tolerance ? 0 : first.end
        guard let duration else { return (firstSound, nil) }
        // A single silence at the beginning says nothing about the end (V1 took its start for the end of sound).
        let isLeading = last.start <= tolerance
        return (firstSound, isLeading || duration - last.end > tolerance ? duration : last.start)
    }

    /// Keeps the window within the file; what can't be kept becomes the whole of it.
    private static func clamped(start: Double, end: Double, _ duration: Double?) -> TrimPlan {
        guard let duration, duration > 0 else { return end > start ? .window(start: start, end: end) : .wholeFile }
        let end = min(end, duration)
        let start = start < duration ? start : max(0, duration - 1)
        return end > start ? .window(start: start, end: end) : .window(start: 0, end: duration)
    }
}
