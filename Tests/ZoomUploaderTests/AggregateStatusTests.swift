import Testing

@testable import ZoomUploader

@Suite("A recording's overall status")
struct AggregateStatusTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var current: ProcessingStatus
        var stages: [StageStatus] = []
        var outputs: [TargetStatus] = []
        var isExpired = false
        var expected: ProcessingStatus
        var testDescription: String { "\(current) \(stages) \(outputs) \(isExpired)" }
    }

    @Test(
        "The first rule that applies counts",
        arguments: [
            // 1
            Row(current: .skipped, stages: [.inProgress], isExpired: true, expected: .expired),
            // 2
            Row(current: .skipped, stages: [.inProgress], expected: .skipped),
            Row(current: .pendingSource, stages: [.completed], expected: .pendingSource),
            // 3
            Row(current: .downloaded, stages: [.completed, .inProgress], expected: .processing),
            Row(current: .ready, stages: [.inProgress], outputs: [.uploading], expected: .processing),
            // 4
            Row(current: .initialized, stages: [.completed], expected: .initialized),
            Row(current: .downloading, expected: .downloading),
            Row(current: .downloaded, stages: [.completed], outputs: [.uploaded], expected: .downloaded),
            // 5
            Row(current: .processing, stages: [.completed, .skipped], expected: .processed),
            Row(current: .processing, stages: [.completed], outputs: [.notUploaded], expected: .processed),
            Row(current: .processing, stages: [.completed], outputs: [.uploaded, .uploading], expected: .uploading),
            Row(current: .processing, stages: [.completed], outputs: [.uploaded, .uploaded], expected: .ready),
            Row(current: .processing, stages: [.completed], outputs: [.uploaded, .failed], expected: .processed),
            Row(current: .processing, stages: [.pending, .skipped], outputs: [.uploaded], expected: .processed),
            Row(current: .processing, stages: [.skipped], outputs: [.uploading], expected: .processed),
            // 6
            Row(current: .processing, stages: [.completed, .pending], outputs: [.uploading], expected: .uploading),
            Row(current: .processing, stages: [.failed], outputs: [.uploaded], expected: .ready),
            Row(current: .processing, stages: [.failed], outputs: [.uploaded, .failed], expected: .uploaded),
            Row(current: .processing, outputs: [.failed], expected: .processed),
            // 7
            Row(current: .uploaded, expected: .processed),
            Row(current: .processing, stages: [.failed], expected: .processed),
            Row(current: .processing, stages: [.completed, .failed], expected: .processed),
        ]
    )
    func rules(row: Row) {
        let aggregate = AggregateStatus(
            current: row.current,
            isExpired: row.isExpired,
            stages: row.stages,
            outputs: row.outputs
        )
        #expect(aggregate.resolved() == row.expected)
    }
}
