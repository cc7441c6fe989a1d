import Testing

@testable import ZoomUploader

@Suite("What is kept of a recording")
struct TrimPlanTests {
    static func scan(_ lines: [String]) -> SilenceScan {
        var scan = SilenceScan()
        for line in lines { scan.consume(line) }
        return scan
    }

    static func scan(periods: [(Double, Double)]) -> SilenceScan {
        scan(periods.flatMap { ["silence_start: \($0.0)", "silence_end: \($0.1) | silence_duration: 1"] })
    }

    static func plan(
        _ periods: [(Double, Double)],
        audio: Double? = 100,
        video: Double? = 100,
        before: Double = 5,
        after: Double = 5
    ) -> TrimPlan {
        TrimPlan(
            scan(periods: periods),
            audioDuration: audio,
            videoDuration: video,
            paddingBefore: before,
            paddingAfter: after
        )
    }

    @Test("ffmpeg's lines are read, others passed over")
    func lines() {
        let scan = Self.scan([
            "Input #0, mp3, from 'a.mp3':",
            "[silencedetect @ 0x55d8] silence_start: -0.00133333",
            "[silencedetect @ 0x55d8] silence_end: 3.0195 | silence_duration: 3.02083",
            "silence_end: 4 | silence_duration: 1",
            "size=N/A time=00:00:10.08 bitrate=N/A speed= 500x",
            "[silencedetect @ 0x55d8] silence_start: 7.01",
            "[silencedetect @ 0x55d8] silence_end: 9.5 | silence_duration: 2.49",
            "[silencedetect @ 0x55d8] silence_start: 9.9",
            "silence_start: nonsense",
        ])
        #expect(scan.first == .init(start: -0.00133333, end: 3.0195))
        #expect(scan.last == .init(start: 7.01, end: 9.5))
    }

    @Test("Sound throughout keeps the whole file")
    func soundThroughout() {
        #expect(Self.plan([]) == .wholeFile)
        #expect(Self.plan([], audio: nil, video: nil) == .wholeFile)
        // An unknown length: V1 takes a beginning with sound for sound throughout.
        #expect(Self.plan([(10, 20)], audio: nil, video: nil) == .wholeFile)
    }

    @Test("A silent beginning of unknown length can't be judged")
    func undetermined() {
        #expect(Self.plan([(0, 20)], audio: nil) == .undetermined)
    }

    @Test("Silent ends are cut off, with paddings")
    func bothEnds() {
        #expect(Self.plan([(0, 20), (80, 100)]) == .window(start: 15, end: 85))
        #expect(Self.plan([(0.1, 20), (80, 99.9)]) == .window(start: 15, end: 85))
        #expect(Self.plan([(0, 20), (40, 60), (80, 100)]) == .window(start: 15, end: 85))
    }

    @Test("Only an end that is silent is cut off")
    func oneEnd() {
        #expect(Self.plan([(80, 100)]) == .window(start: 0, end: 85))
        #expect(Self.plan([(0, 20), (40, 60)]) == .window(start: 15, end: 100))
        #expect(Self.plan([(40, 60)]) == .window(start: 0, end: 100))
        // A start just past the tolerance is sound at the beginning, an end just before it is sound at the end.
        #expect(Self.plan([(0.11, 20), (80, 99.89)]) == .window(start: 0, end: 100))
    }

    @Test("A single silence at the beginning leaves the end alone")
    func leadingOnly() {
        #expect(Self.plan([(0, 20)]) == .window(start: 15, end: 100))
        #expect(Self.plan([(-0.01, 20)]) == .window(start: 15, end: 100))
    }

    @Test("The window stays within the file")
    func clamping() {
        #expect(Self.plan([(0, 3), (97, 100)]) == .window(start: 0, end: 100))
        #expect(Self.plan([(0, 3), (97, 100)], video: 99.5) == .window(start: 0, end: 99.5))
        // Silent from beginning to end.
        #expect(Self.plan([(0, 100)]) == .window(start: 95, end: 100))
        #expect(Self.plan([(0, 100)], before: 0) == .window(start: 99, end: 100))
        // The video is shorter than its sound.
        #expect(Self.plan([(0, 60)], video: 50) == .window(start: 49, end: 50))
        #expect(Self.plan([(0, 60)], video: 0.5) == .window(start: 0, end: 0.5))
    }

    @Test("A window without length becomes the whole")
    func nonPositive() {
        #expect(Self.plan([(0, 50), (52, 100)], before: -10, after: -10) == .window(start: 0, end: 100))
    }
}
