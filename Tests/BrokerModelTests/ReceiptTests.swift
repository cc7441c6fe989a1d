import BrokerModel
import Testing

/// A delivery is settled exactly once, or reclaimed.
@Suite struct ReceiptTests {
    /// Remembers what reached it. Used by one test's thread only.
    private final class Settler: DeliverySettler, @unchecked Sendable {
        var settled: [UInt64: Settlement] = [:]
        var leaked: [UInt64] = []
        var isLive = true

        func settle(_ tag: UInt64, _ settlement: Settlement) -> Bool {
            settled[tag] = settlement
            return isLive
        }

        func reclaimLeaked(_ tag: UInt64) { leaked.append(tag) }
    }

    @Test(arguments: [Settlement.ack, .reject, .requeue, .rejectAndRequeue])
    func settlesOnce(_ settlement: Settlement) {
        let settler = Settler()
        let receipt = Receipt(tag: 7, settler: settler)
        let isSent = receipt.settle(settlement)
        #expect(isSent)
        #expect(settler.settled == [7: settlement])
        #expect(settler.leaked.isEmpty)
    }

    @Test func saysWhenItsConnectionIsGone() {
        let settler = Settler()
        settler.isLive = false
        let receipt = Receipt(tag: 7, settler: settler)
        let isSent = receipt.settle(.ack)
        #expect(!isSent)
    }

    @Test func isReclaimedWhenDropped() {
        let settler = Settler()
        do { _ = Receipt(tag: 9, settler: settler) }
        #expect(settler.leaked == [9])
        #expect(settler.settled.isEmpty)
    }
}

@Suite struct FieldTableTests {
    @Test func theLastEntryOfANameCounts() {
        var table: FieldTable = ["a": .int32(1), "b": "x", "a": .int32(2)]
        #expect(table["a"] == .int32(2))
        table["a"] = .int64(3)
        #expect(table["a"]?.integer == 3)
        table["a"] = nil
        #expect(table["a"] == nil)
        #expect(table.entries.map(\.name) == ["b"])
    }

    @Test func integersKeepTheWidthThatPythonWrites() {
        #expect(FieldValue.integer(1) == .int32(1))
        #expect(FieldValue.integer(1 << 40) == .int64(1 << 40))
        #expect(FieldValue.uint64(.max).integer == nil)
        #expect(FieldValue.uint8(200).number == 200)
        #expect(FieldValue.void.isVoid)
    }
}
