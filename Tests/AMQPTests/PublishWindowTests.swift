import Testing

@testable import AMQP

@Suite struct PublishWindowTests {
    /// A window with the items 1...count, and what was said about them.
    private struct Fixture {
        var window = PublishWindow<Int>()
        var verdicts: [Int: PublishWindow<Int>.Verdict] = [:]

        init(_ count: Int) {
            for item in 1...count { window.append(item) }
        }

        mutating func settle(_ tag: UInt64, multiple: Bool = false, isAck: Bool = true) {
            var said: [(Int, PublishWindow<Int>.Verdict)] = []
            window.settle(tag, multiple: multiple, isAck: isAck) { said.append(($0, $1)) }
            for (item, verdict) in said {
                #expect(verdicts[item] == nil, "item \(item) was finished twice")
                verdicts[item] = verdict
            }
        }
    }

    private let noRoute = AMQPError.Reply(code: 312, text: "NO_ROUTE")

    @Test func multipleConfirmsAllUpToIt() {
        var fixture = Fixture(5)
        fixture.settle(3, multiple: true)
        #expect(fixture.verdicts == [1: .confirmed, 2: .confirmed, 3: .confirmed])
        #expect(fixture.window.count == 2)
    }

    @Test func singleConfirmsInAnyOrder() {
        var fixture = Fixture(3)
        fixture.settle(3)
        #expect(fixture.verdicts == [3: .confirmed])
        fixture.settle(1)
        fixture.settle(2)
        #expect(fixture.verdicts.count == 3)
        #expect(fixture.window.count == 0)
    }

    @Test func multipleDoesNotFinishTwice() {
        var fixture = Fixture(4)
        fixture.settle(2)
        fixture.settle(4, multiple: true)
        #expect(fixture.verdicts.count == 4)
    }

    @Test func zeroWithMultipleMeansAll() {
        var fixture = Fixture(4)
        fixture.settle(0, multiple: true)
        #expect(fixture.verdicts.count == 4)
    }

    @Test func unknownNumbersDoNothing() {
        var fixture = Fixture(2)
        fixture.settle(3)
        fixture.settle(99, multiple: true)
        fixture.settle(1)
        fixture.settle(1)
        fixture.settle(0)
        #expect(fixture.verdicts == [1: .confirmed])
    }

    @Test func nackRefuses() {
        var fixture = Fixture(3)
        fixture.settle(2, multiple: true, isAck: false)
        fixture.settle(3)
        #expect(fixture.verdicts == [1: .refused, 2: .refused, 3: .confirmed])
    }

    @Test func returnedIsFinishedByItsConfirm() {
        var fixture = Fixture(3)
        let reply = noRoute
        let isFound = fixture.window.markReturned(reply) { $0 == 2 }
        #expect(isFound)
        #expect(fixture.verdicts.isEmpty)
        fixture.settle(3, multiple: true)
        #expect(fixture.verdicts == [1: .confirmed, 2: .returned(reply), 3: .confirmed])
    }

    @Test func equalItemsAreReturnedOneByOneInOrder() {
        var fixture = Fixture(3)
        let reply = noRoute
        for _ in 0..<2 {
            let isFound = fixture.window.markReturned(reply) { _ in true }
            #expect(isFound)
        }
        fixture.settle(3, multiple: true)
        #expect(fixture.verdicts == [1: .returned(reply), 2: .returned(reply), 3: .confirmed])
    }

    @Test func returnOfNothingKnownIsIgnored() {
        var fixture = Fixture(1)
        let isFound = fixture.window.markReturned(noRoute) { $0 == 7 }
        #expect(!isFound)
    }

    @Test func removedItemsGetNoVerdictButKeepTheirNumbers() {
        var fixture = Fixture(4)
        let removed = fixture.window.remove { $0 % 2 == 0 }
        #expect(removed == [2, 4])
        #expect(fixture.window.count == 4)
        fixture.settle(2)
        fixture.settle(3)
        #expect(fixture.verdicts == [3: .confirmed])
        let left = fixture.window.removeAll()
        #expect(left == [1])
        #expect(fixture.window.count == 0)
    }
}
