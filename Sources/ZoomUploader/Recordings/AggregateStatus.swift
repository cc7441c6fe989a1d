/// What a recording's overall status is computed from.
struct AggregateStatus: Sendable, Hashable {
    var current: ProcessingStatus
    /// Deleted because it expired, or past its time.
    var isExpired = false
    var stages: [StageStatus] = []
    var outputs: [TargetStatus] = []

    /// The status after a stage or an output has changed: the first rule of the application reference's 5.2 that
    /// applies.
    func resolved() -> ProcessingStatus {
        if isExpired { return .expired }
        if current == .skipped || current == .pendingSource { return current }
        if stages.contains(.inProgress) { return .processing }
        // The plateau before the first stage: only a stage in progress leaves it.
        if [.initialized, .downloading, .downloaded].contains(current) { return current }
        if let status = fromStages { return status }
        return fromOutputs
    }

    private var fromStages: ProcessingStatus? {
        guard !stages.isEmpty else { return nil }
        let counted = stages.filter { $0 != .skipped }
        if !counted.isEmpty, counted.allSatisfy({ $0 == .completed }) {
            if outputs.contains(.uploading) { return .uploading }
            return areAllUploaded ? .ready : .processed
        }
        return counted.allSatisfy { $0 == .pending } ? .processed : nil
    }

    private var fromOutputs: ProcessingStatus {
        if outputs.contains(.uploading) { return .uploading }
        if areAllUploaded { return .ready }
        return outputs.contains(.uploaded) ? .uploaded : .processed
    }

    private var areAllUploaded: Bool {
        !outputs.isEmpty && outputs.allSatisfy { $0 == .uploaded }
    }
}
