import CeleryProtocol
import OrderedCollections

extension ControlState {
    /// Takes a change, and forgets the oldest of what there is too much of.
    public mutating func take(_ change: ControlChange, _ limits: ControlLimits) {
        switch change {
        case .revoked(let ids):
            let added = Set(ids)
            revokedIDs.removeAll { added.contains($0) }
            revokedIDs += OrderedSet(ids)
            revokedIDs.removeFirst(max(0, revokedIDs.count - limits.revokedIDs))
        case .revokedStamps(let stamps):
            let added = Set(stamps)
            revokedStamps.removeAll { added.contains($0) }
            revokedStamps += OrderedSet(stamps)
            revokedStamps.removeFirst(max(0, revokedStamps.count - limits.revokedStamps))
        case .paused(let pause, let since):
            if pauses.contains(where: { $0.pause.target == pause.target && $0.pause.pattern == pause.pattern }) {
                return
            }
            pauses.append(KeptPause(pause, since: since))
        case .resumed(let target, let pattern):
            pauses.removeAll { $0.pause.target == target && $0.pause.pattern == pattern }
        case .rateLimit(let task, let limit): rateLimits[task] = limit
        case .timeLimits(let task, let limits): timeLimits[task] = limits
        }
    }
}
