import Testing
import Threads

@testable import SwiftWorker

/// Changes on their way to the control store, and who waits for them.
@Suite struct PendingChangesTests {
    private func change(_ number: Int) -> ControlChange { .revoked(ids: ["\(number)"]) }

    @Test func areKeptInTheirOrderAndToldOnce() {
        let told = Lock<[String]>([])
        var pending = PendingChanges()
        func append(_ number: Int) {
            let taken = pending.append(change(number), .everyone) { error in
                told.withLock { $0.append("\(number)\(error == nil ? "" : " failed")") }
            }
            #expect(taken)
        }
        append(1)
        append(2)
        pending.removeFirst()?(nil)
        let error = ControlStoreError(.unavailable, "")
        for kept in pending.takeWaiting() { kept(error) }
        append(3)
        // The second one was told, and stays in front.
        #expect(pending.first?.change == change(2))
        for kept in pending.takeWaiting() { kept(error) }
        #expect(pending.count == 2)
        #expect(pending.removeFirst() == nil)
        append(4)
        #expect(pending.removeFirst() == nil)
        pending.removeFirst()?(nil)
        #expect(pending.removeFirst() == nil)
        #expect(told.withLock { $0 } == ["1", "2 failed", "3 failed", "4"])
    }

    @Test func areBoundedByAllThatTheyHold() {
        var pending = PendingChanges()
        let half = ControlChange.revoked(ids: (0..<PendingChanges.limit / 2).map(String.init))
        #expect(pending.append(half, .everyone) { _ in })
        #expect(pending.append(half, .everyone) { _ in })
        #expect(!pending.append(change(0), .everyone) { _ in })
        #expect(pending.count == 2 && pending.arrivals == 3)
        _ = pending.removeFirst()
        #expect(pending.append(change(0), .everyone) { _ in })
        // One alone always goes.
        var other = PendingChanges()
        #expect(other.append(.revoked(ids: (0...PendingChanges.limit).map(String.init)), .everyone) { _ in })
    }
}
