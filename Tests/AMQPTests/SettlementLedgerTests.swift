import BrokerModel
import Testing

@testable import AMQP

@Suite struct SettlementLedgerTests {
    typealias Verb = SettlementLedger.Verb

    struct Case: CustomTestStringConvertible {
        var testDescription: String
        var delivered: [UInt64]
        /// Groups of settlements; the ledger is drained behind each.
        var settled: [[(UInt64, Settlement)]]
        var verbs: [[Verb]]
    }

    @Test(arguments: [
        Case(
            testDescription: "everything in order is one ack",
            delivered: [1, 2, 3],
            settled: [[(1, .ack), (2, .ack), (3, .ack)]],
            verbs: [[.ack(tag: 3, multiple: true)]]
        ),
        Case(
            testDescription: "everything in any order is one ack",
            delivered: [1, 2, 3, 4],
            settled: [[(3, .ack), (1, .ack), (4, .ack), (2, .ack)]],
            verbs: [[.ack(tag: 4, multiple: true)]]
        ),
        Case(
            testDescription: "a single one needs no multiple",
            delivered: [1, 2],
            settled: [[(1, .ack)], [(2, .ack)]],
            verbs: [[.ack(tag: 1, multiple: false)], [.ack(tag: 2, multiple: false)]]
        ),
        Case(
            testDescription: "nothing behind an outstanding one is covered by a multiple",
            delivered: [1, 2, 3, 4],
            settled: [[(2, .ack), (4, .ack)], [(1, .ack)], [(3, .ack)]],
            verbs: [
                [.ack(tag: 2, multiple: false), .ack(tag: 4, multiple: false)],
                [.ack(tag: 1, multiple: false)],
                [.ack(tag: 3, multiple: false)],
            ]
        ),
        Case(
            testDescription: "a multiple reaches over what was settled before",
            delivered: [1, 2, 3],
            settled: [[(2, .ack)], [(1, .ack), (3, .ack)]],
            verbs: [[.ack(tag: 2, multiple: false)], [.ack(tag: 3, multiple: true)]]
        ),
        Case(
            testDescription: "rejects part the runs and go one by one",
            delivered: [1, 2, 3, 4, 5, 6],
            settled: [[(1, .ack), (2, .ack), (3, .reject), (4, .reject), (5, .ack), (6, .ack)]],
            verbs: [
                [
                    .ack(tag: 2, multiple: true), .reject(tag: 3, requeue: false), .reject(tag: 4, requeue: false),
                    .ack(tag: 6, multiple: true),
                ]
            ]
        ),
        Case(
            testDescription: "requeues run together",
            delivered: [1, 2, 3, 4, 5],
            settled: [[(1, .requeue), (2, .requeue), (3, .rejectAndRequeue), (4, .requeue), (5, .ack)]],
            verbs: [
                [
                    .requeue(tag: 2, multiple: true), .reject(tag: 3, requeue: true), .requeue(tag: 4, multiple: false),
                    .ack(tag: 5, multiple: false),
                ]
            ]
        ),
        Case(
            testDescription: "numbers may start late and have gaps",
            delivered: [7, 9, 10],
            settled: [[(7, .ack), (9, .ack), (10, .ack)]],
            verbs: [[.ack(tag: 10, multiple: true)]]
        ),
        Case(
            testDescription: "what was never delivered, or was settled, sends nothing",
            delivered: [1, 2],
            settled: [[(0, .ack), (3, .ack)], [(1, .ack)], [(1, .reject)]],
            verbs: [[], [.ack(tag: 1, multiple: false)], []]
        ),
    ])
    func drains(_ test: Case) {
        var ledger = SettlementLedger()
        for tag in test.delivered { ledger.delivered(tag) }
        for (group, expected) in zip(test.settled, test.verbs) {
            for (tag, settlement) in group { ledger.settle(tag, settlement) }
            var verbs: [Verb] = []
            ledger.drain { verbs.append($0) }
            #expect(verbs == expected)
        }
    }

    /// Plays random settlements against a broker that knows only which deliveries are open.
    @Test(arguments: 0..<20 as Range<UInt64>)
    func everyDeliveryIsSettledOnceAsAsked(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        var ledger = SettlementLedger()
        var wanted: [UInt64: Settlement] = [:]
        var open: Set<UInt64> = []
        var outstanding: [UInt64] = []
        var results: [UInt64: Settlement] = [:]
        var next: UInt64 = 1
        for _ in 0..<400 {
            for _ in 0..<Int.random(in: 0...5, using: &random) {
                ledger.delivered(next)
                open.insert(next)
                outstanding.append(next)
                next += 1
            }
            for _ in 0..<Int.random(in: 0...5, using: &random) where !outstanding.isEmpty {
                let tag = outstanding.remove(at: Int.random(in: outstanding.indices, using: &random))
                let choices: [Settlement] = [.ack, .ack, .ack, .reject, .requeue, .rejectAndRequeue]
                let settlement = choices[Int.random(in: choices.indices, using: &random)]
                wanted[tag] = settlement
                let isKnown = ledger.settle(tag, settlement)
                #expect(isKnown)
            }
            ledger.drain { verb in
                let (tag, settlement, isMultiple): (UInt64, Settlement, Bool) =
                    switch verb {
                    case .ack(let tag, let multiple): (tag, .ack, multiple)
                    case .reject(let tag, let requeue): (tag, requeue ? .rejectAndRequeue : .reject, false)
                    case .requeue(let tag, let multiple): (tag, .requeue, multiple)
                    }
                #expect(open.contains(tag), "RabbitMQ closes the channel for an unknown tag")
                for covered in open where covered == tag || isMultiple && covered < tag {
                    open.remove(covered)
                    results[covered] = settlement
                }
            }
            #expect(results == wanted)
            #expect(ledger.outstandingCount == outstanding.count)
        }
    }
}

/// A small repeatable random generator.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
