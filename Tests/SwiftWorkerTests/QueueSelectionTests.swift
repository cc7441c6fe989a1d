import BrokerModel
import Testing

@testable import SwiftWorker

/// Which queues are consumed, step by step.
@Suite struct QueueSelectionTests {
    private func queue(_ name: String, isSingleActive: Bool = false) -> QueueTopology {
        QueueTopology(
            queue: QueueDeclaration(
                name: name,
                arguments: isSingleActive ? [QueueTopology.singleActiveConsumer: .bool(true)] : [:]
            ),
            exchange: nil,
            routingKey: name
        )
    }

    private func names(_ change: QueueSelection.Change) -> [String] {
        change.add.map { "+\($0.queue.name)" }
            + change.remove.map { "-\($0.queue)\($0.isPause ? " paused" : "")\($0.isSingleActive ? " single" : "")" }
    }

    @Test func followsWhatIsAddedCancelledAndPaused() {
        var selection = QueueSelection([queue("a"), queue("b"), queue("s", isSingleActive: true)])
        var paused: Set<String> = ["b"]
        func follow() -> [String] { names(selection.follow { paused.contains($0) }) }

        #expect(selection.begin { paused.contains($0) }.map(\.queue.name) == ["a", "s"])
        #expect(follow() == [])
        paused = ["a", "s"]
        #expect(follow() == ["+b", "-a paused", "-s paused single"])
        #expect(follow() == [])
        #expect(selection.add(queue("c")) == true)
        #expect(selection.add(queue("c")) == false && selection.add(queue("a")) == false)
        #expect(follow() == ["+c"])
        selection.cancel("c")
        selection.cancel("nosuch")
        #expect(follow() == ["-c"])
        // One that is paused has no consumer to cancel, and stays away.
        selection.cancel("a")
        paused = []
        #expect(follow() == ["+s"])
        #expect(selection.selected.map(\.queue.name) == ["b", "s"])
    }

    @Test func aQueueThatCameBackMeanwhileStays() {
        var selection = QueueSelection([queue("a")])
        _ = selection.begin { _ in false }
        selection.cancel("a")
        #expect(selection.add(queue("a")) == true)
        #expect(names(selection.follow { _ in false }) == [])
        #expect(selection.consumed == ["a"])
    }

    @Test func aRefusedQueueMayBeAddedAgain() {
        var selection = QueueSelection([queue("a")])
        _ = selection.begin { _ in false }
        _ = selection.add(queue("c"))
        #expect(names(selection.follow { _ in false }) == ["+c"])
        selection.forget("c")
        #expect(selection.add(queue("c")) == true)
        #expect(names(selection.follow { _ in false }) == ["+c"])
    }
}
