import Testing

@testable import SwiftWorker

/// What the gate says, step by step; `RateGateLoadTests` has what comes out of many steps.
@Suite struct RateGateTests {
    private let start = ContinuousClock.now

    private func at(_ seconds: Double) -> ContinuousClock.Instant { start + .microseconds(Int(seconds * 1_000_000)) }

    private func gate(_ rules: [RateRule], _ options: RateGate.Options = RateGate.Options()) -> RateGate {
        RateGate(rules: RateRules(rules), options: options)
    }

    private func rule(_ perSecond: Double? = nil, burst: Int = 1, concurrency: Int? = nil, _ name: String = "r")
        -> RateRule
    {
        RateRule(
            name: name,
            rate: perSecond.flatMap { RateLimit(perSecond: $0) },
            burst: burst,
            concurrency: concurrency
        )
    }

    private let key = [RateKey(rule: 0)]

    private func admitted(_ releases: [RateGate.Release]) -> [RateGate.Ticket] {
        releases.filter { $0.parking == nil }.map(\.ticket)
    }

    @Test func spacesEvenly() {
        var gate = gate([rule(10)])
        #expect(gate.arrive(1, keys: key, at: at(0)) == .admit)
        #expect(gate.arrive(2, keys: key, at: at(0)) == .hold(until: at(0.1)))
        #expect(gate.arrive(3, keys: key, at: at(0.05)) == .hold(until: at(0.2)))
        #expect(gate.nextChange() == at(0.1))
        #expect(gate.advance(to: at(0.09)) == [])
        #expect(admitted(gate.advance(to: at(0.1))) == [2])
        #expect(gate.nextChange() == at(0.2))
        #expect(admitted(gate.advance(to: at(0.2))) == [3])
        #expect(gate.nextChange() == nil)
        #expect(gate.heldCount == 0)
        // An idle time saves nothing up.
        #expect(gate.arrive(4, keys: key, at: at(5)) == .admit)
        #expect(gate.arrive(5, keys: key, at: at(5)) == .hold(until: at(5.1)))
    }

    @Test func burstsOnlyWhereConfigured() {
        var gate = gate([rule(10, burst: 3)])
        for ticket: UInt64 in 1...3 { #expect(gate.arrive(ticket, keys: key, at: at(1)) == .admit) }
        #expect(gate.arrive(4, keys: key, at: at(1)) == .hold(until: at(1.1)))
        #expect(admitted(gate.advance(to: at(1.1))) == [4])
        #expect(gate.arrive(5, keys: key, at: at(1.25)) == .admit)
        #expect(gate.arrive(6, keys: key, at: at(1.25)) == .hold(until: at(1.3)))
    }

    @Test func aLateTimerIsMadeGoodUpToABound() {
        var gate = gate([rule(50)])
        for ticket: UInt64 in 1...20 { _ = gate.arrive(ticket, keys: key, at: at(0)) }
        #expect(admitted(gate.advance(to: at(0.03))) == [2])
        // The next is due 20 ms after the time that the last one was due.
        #expect(gate.nextChange() == at(0.04))
        // A second of standing still lets no more through than 40 ms do.
        #expect(admitted(gate.advance(to: at(1))).count <= 3)
    }

    @Test func withoutKeysNothingIsKept() {
        var gate = gate([rule(1)])
        for ticket: UInt64 in 1...100 { #expect(gate.arrive(ticket, keys: [], at: at(0)) == .admit) }
        #expect(gate.keyCount == 0)
    }

    @Test func capsConcurrency() {
        var gate = gate([rule(concurrency: 2)])
        #expect(gate.arrive(1, keys: key, at: at(0)) == .admit)
        #expect(gate.arrive(2, keys: key, at: at(0)) == .admit)
        #expect(gate.arrive(3, keys: key, at: at(0)) == .hold(until: nil))
        #expect(gate.arrive(4, keys: key, at: at(0)) == .hold(until: nil))
        #expect(gate.advance(to: at(1)) == [])
        gate.finish(1, at: at(1))
        #expect(admitted(gate.advance(to: at(1))) == [3])
        gate.finish(1, at: at(1))
        #expect(gate.advance(to: at(1)) == [])
        gate.finish(3, at: at(2))
        gate.finish(2, at: at(2))
        #expect(admitted(gate.advance(to: at(2))) == [4])
    }

    @Test func aSlotGoesToWhoCanUseIt() {
        // Both wait for rule 0; the first to wake is also at the cap of rule 1.
        var gate = gate([rule(concurrency: 1, "a"), rule(concurrency: 1, "b")])
        let both = [RateKey(rule: 0), RateKey(rule: 1)]
        #expect(gate.arrive(1, keys: key, at: at(0)) == .admit)
        #expect(gate.arrive(2, keys: [RateKey(rule: 1)], at: at(0)) == .admit)
        #expect(gate.arrive(3, keys: both, at: at(0)) == .hold(until: nil))
        #expect(gate.arrive(4, keys: key, at: at(0)) == .hold(until: nil))
        gate.finish(1, at: at(1))
        #expect(admitted(gate.advance(to: at(1))) == [4])
        gate.finish(2, at: at(2))
        #expect(gate.advance(to: at(2)) == [])
        gate.finish(4, at: at(3))
        #expect(admitted(gate.advance(to: at(3))) == [3])
    }

    @Test func aSlotIsNotKeptForWhoWaitsForATokenToo() {
        var gate = gate([rule(concurrency: 1, "slot"), rule(1, "rate")])
        let both = [RateKey(rule: 0), RateKey(rule: 1)]
        #expect(gate.arrive(1, keys: key, at: at(0)) == .admit)
        #expect(gate.arrive(2, keys: [RateKey(rule: 1)], at: at(0)) == .admit)
        #expect(gate.arrive(3, keys: both, at: at(0)) == .hold(until: at(1)))
        #expect(gate.arrive(4, keys: key, at: at(0)) == .hold(until: nil))
        gate.finish(1, at: at(0.1))
        #expect(admitted(gate.advance(to: at(0.1))) == [4])
        #expect(gate.advance(to: at(1)) == [])
        gate.finish(4, at: at(2))
        #expect(admitted(gate.advance(to: at(2))) == [3])
    }

    @Test func aSlotForWhoIsWithdrawnGoesToTheNext() {
        var gate = gate([rule(concurrency: 1, "a"), rule(concurrency: 9, "b")])
        let both = [RateKey(rule: 0), RateKey(rule: 1)]
        _ = gate.arrive(1, keys: key, at: at(0))
        #expect(gate.arrive(2, keys: both, at: at(0)) == .hold(until: nil))
        #expect(gate.arrive(3, keys: key, at: at(0)) == .hold(until: nil))
        gate.finish(1, at: at(1))
        gate.withdraw(2, at: at(1))
        #expect(admitted(gate.advance(to: at(1))) == [3])
    }

    @Test func whoeverIsTakenOutLeavesTheLine() {
        var lanes = RateLanes()
        for ticket: UInt64 in 0..<1_000 {
            _ = lanes.append(ticket, key)
            if ticket >= 10 { #expect(lanes.remove(ticket - 10) == key) }
        }
        #expect(lanes.heldCount == 10 && lanes.lineCount == 10)
    }

    @Test func aWithdrawnTicketLeavesItsSlotToOthers() {
        var gate = gate([rule(concurrency: 1)])
        _ = gate.arrive(1, keys: key, at: at(0))
        _ = gate.arrive(2, keys: key, at: at(0))
        _ = gate.arrive(3, keys: key, at: at(0))
        gate.withdraw(2, at: at(1))
        gate.withdraw(99, at: at(1))
        #expect(gate.heldCount == 1)
        gate.finish(1, at: at(2))
        #expect(admitted(gate.advance(to: at(2))) == [3])
    }

    @Test func parksWhatWouldWaitTooLong() {
        var options = RateGate.Options()
        options.holdLimit = .seconds(2)
        var gate = gate([rule(1)], options)
        #expect(gate.arrive(1, keys: key, at: at(0)) == .admit)
        #expect(gate.arrive(2, keys: key, at: at(0)) == .hold(until: at(1)))
        #expect(gate.arrive(3, keys: key, at: at(0)) == .hold(until: at(2)))
        // They come back one after the other, behind those that are held.
        #expect(gate.arrive(4, keys: key, at: at(0)) == .park(for: .seconds(3)))
        #expect(gate.arrive(5, keys: key, at: at(0)) == .park(for: .seconds(4)))
        #expect(gate.arrive(6, keys: key, at: at(0.5)) == .park(for: .milliseconds(4_500)))
    }

    @Test func parksWhatHasBeenHeldTooLong() {
        var options = RateGate.Options()
        options.holdLimit = .seconds(2)
        options.slotParking = .seconds(7)
        var gate = gate([rule(concurrency: 1)], options)
        _ = gate.arrive(1, keys: key, at: at(0))
        _ = gate.arrive(2, keys: key, at: at(0))
        _ = gate.arrive(3, keys: key, at: at(1))
        #expect(gate.nextChange() == at(2))
        #expect(gate.advance(to: at(2)) == [RateGate.Release(ticket: 2, parking: .seconds(7))])
        #expect(gate.nextChange() == at(3))
        gate.finish(1, at: at(2.5))
        #expect(admitted(gate.advance(to: at(2.5))) == [3])
        #expect(gate.nextChange() == nil)
    }

    @Test func oneTenantNeverFillsTheRoom() {
        var options = RateGate.Options()
        options.maximumHeld = 16
        var gate = gate([rule(1)], options)
        let heavy = [RateKey(rule: 0, value: "heavy")]
        let held = (1...100).filter {
            gate.arrive(RateGate.Ticket($0), keys: heavy, at: at(0)) == .hold(until: at(Double($0 - 1)))
        }
        #expect(held.count == 8)
        let light = [RateKey(rule: 0, value: "light")]
        #expect(gate.arrive(200, keys: light, at: at(0)) == .admit)
        #expect(gate.arrive(201, keys: light, at: at(0)) == .hold(until: at(1)))
    }

    @Test func whoeverHasMoreMakesRoom() {
        var options = RateGate.Options()
        options.maximumHeld = 16
        var gate = gate([rule(1)], options)
        let keys = ["heavy", "light", "other"].map { [RateKey(rule: 0, value: $0)] }
        for ticket in 1...9 { _ = gate.arrive(RateGate.Ticket(ticket), keys: keys[0], at: at(0)) }
        // Of the eight that are held the newest goes, and comes back behind those that stay.
        _ = gate.arrive(20, keys: keys[1], at: at(0))
        for ticket in 21...24 {
            #expect(gate.arrive(UInt64(ticket), keys: keys[1], at: at(0)) != .park(for: .seconds(1)))
        }
        #expect(gate.nextChange() == at(1))
        #expect(gate.arrive(25, keys: keys[1], at: at(0)) == .hold(until: at(5)))
        #expect(gate.nextChange() == .distantPast)
        #expect(gate.advance(to: at(0)) == [RateGate.Release(ticket: 9, parking: .seconds(8))])
        #expect(gate.heldCount == 12)
        // Once all have as many, the next is parked.
        #expect(gate.arrive(26, keys: keys[1], at: at(0)) == .hold(until: at(6)))
        #expect(gate.arrive(27, keys: keys[1], at: at(0)) == .park(for: .seconds(7)))
        #expect(gate.advance(to: at(0)) == [RateGate.Release(ticket: 8, parking: .seconds(9))])
    }

    @Test func whoMakesRoomMayBeWithdrawn() {
        var options = RateGate.Options()
        options.maximumHeld = 8
        var gate = gate([rule(1)], options)
        func fill() {
            for ticket in 1...6 { _ = gate.arrive(UInt64(ticket), keys: [RateKey(rule: 0, value: "heavy")], at: at(0)) }
            for ticket in 11...14 {
                _ = gate.arrive(UInt64(ticket), keys: [RateKey(rule: 0, value: "light")], at: at(0))
            }
            #expect(gate.nextChange() == .distantPast)
        }
        fill()
        gate.withdraw(5, at: at(0))
        #expect(gate.advance(to: at(0)).isEmpty)
        _ = gate.withdrawAll()
        gate = self.gate([rule(1)], options)
        fill()
        #expect(Set(gate.withdrawAll()) == [2, 3, 4, 5, 12, 13, 14])
        #expect(gate.nextChange() == nil)
    }

    @Test func keysAreBounded() {
        var options = RateGate.Options()
        options.maximumKeys = 3
        var gate = gate([rule(1)], options)
        func user(_ name: Int) -> [RateKey] { [RateKey(rule: 0, value: "\(name)")] }
        for name in 1...3 { #expect(gate.arrive(UInt64(name), keys: user(name), at: at(0)) == .admit) }
        // No room: further tenants share one allowance.
        #expect(gate.arrive(4, keys: user(4), at: at(0)) == .admit)
        #expect(gate.arrive(5, keys: user(5), at: at(0)) == .hold(until: at(1)))
        #expect(gate.keyCount == 4)
        #expect(admitted(gate.advance(to: at(1))) == [5])
        // Once they are idle they make room.
        #expect(gate.arrive(6, keys: user(6), at: at(10)) == .admit)
        #expect(gate.keyCount == 1)
        for name in 7...1_000 { _ = gate.arrive(UInt64(name), keys: user(name), at: at(Double(name) * 2)) }
        #expect(gate.keyCount <= 4)
    }

    @Test func anOccupiedKeyIsNotForgotten() {
        var options = RateGate.Options()
        options.maximumKeys = 1
        var gate = gate([rule(concurrency: 1)], options)
        #expect(gate.arrive(1, keys: [RateKey(rule: 0, value: "a")], at: at(0)) == .admit)
        #expect(gate.arrive(2, keys: [RateKey(rule: 0, value: "b")], at: at(100)) == .admit)
        #expect(gate.arrive(3, keys: [RateKey(rule: 0, value: "a")], at: at(200)) == .hold(until: nil))
    }

    @Test func newRulesKeepWhatRuns() {
        var gate = gate([rule(1, "gone"), rule(concurrency: 2, "cap")])
        let cap = [RateKey(rule: 1)]
        for ticket: UInt64 in 1...2 { #expect(gate.arrive(ticket, keys: cap, at: at(0)) == .admit) }
        #expect(gate.arrive(3, keys: cap, at: at(0)) == .hold(until: nil))
        #expect(gate.arrive(4, keys: [RateKey(rule: 0)], at: at(0)) == .admit)
        #expect(gate.arrive(5, keys: [RateKey(rule: 0)], at: at(0)) == .hold(until: at(1)))

        #expect(gate.setRules(RateRules([rule(concurrency: 3, "cap")]), at: at(0)) == [3, 5])
        #expect(gate.heldCount == 0 && gate.nextChange() == nil)
        let moved = [RateKey(rule: 0)]
        #expect(gate.arrive(3, keys: moved, at: at(0)) == .admit)
        #expect(gate.arrive(6, keys: moved, at: at(0)) == .hold(until: nil))
        gate.finish(4, at: at(1))
        gate.finish(1, at: at(1))
        #expect(admitted(gate.advance(to: at(1))) == [6])
    }

    /// However far ahead others are parked, what an allowance has is there under other rules as before.
    @Test func newRulesLeaveOtherRulesAlone() {
        var options = RateGate.Options()
        options.holdLimit = .seconds(2)
        let both = rule(0.1, concurrency: 2, "both")
        var gate = gate([both], options)
        #expect(gate.arrive(1, keys: key, at: at(0)) == .admit)
        for ticket in 1...99 {
            #expect(gate.arrive(UInt64(ticket + 1), keys: key, at: at(0)) == .park(for: .seconds(10 * ticket)))
        }
        #expect(gate.setRules(RateRules([rule(5, "new"), both]), at: at(5)) == [])
        // Neither the token that is used nor the places of those that are parked are given once more.
        let moved = [RateKey(rule: 1)]
        #expect(gate.arrive(101, keys: moved, at: at(5)) == .park(for: .seconds(995)))
        #expect(gate.arrive(102, keys: moved, at: at(10)) == .admit)
        #expect(gate.arrive(103, keys: moved, at: at(20)) == .hold(until: nil))
        gate.finish(1, at: at(21))
        #expect(admitted(gate.advance(to: at(21))) == [103])
        // Another rate begins anew, at once; what runs is still counted.
        #expect(gate.setRules(RateRules([rule(1, concurrency: 3, "both")]), at: at(22)) == [])
        #expect(gate.arrive(104, keys: key, at: at(22)) == .admit)
        #expect(gate.arrive(105, keys: key, at: at(23)) == .hold(until: nil))
    }

    @Test func newRulesKeepWhatIsUsedUpOfARate() {
        var gate = gate([rule(1, "one"), rule(1, "two")])
        for index in 0...1 { #expect(gate.arrive(UInt64(index), keys: [RateKey(rule: index)], at: at(0)) == .admit) }
        #expect(gate.setRules(RateRules([rule(1, burst: 2, "one"), rule(1, "two")]), at: at(0)) == [])
        #expect(gate.arrive(3, keys: [RateKey(rule: 0)], at: at(0)) == .admit)
        #expect(gate.arrive(4, keys: [RateKey(rule: 1)], at: at(0)) == .hold(until: at(1)))
        // What is idle is not kept.
        _ = gate.setRules(gate.rules, at: at(60))
        #expect(gate.keyCount == 0)
    }

    @Test func aPlaceThatIsGivenBackIsTheNextOnes() {
        var options = RateGate.Options()
        options.holdLimit = .milliseconds(50)
        var gate = gate([rule(1, "tenant"), rule(10, "all")], options)
        let both = [RateKey(rule: 0), RateKey(rule: 1)]
        #expect(gate.arrive(1, keys: both, at: at(0)) == .admit)
        for ticket: UInt64 in 2...100 {
            #expect(gate.arrive(ticket, keys: both, at: at(0)) == .park(for: .seconds(1)))
            gate.giveBackPlace(both)
        }
        for seconds in 1...3 {
            #expect(gate.arrive(UInt64(100 + seconds), keys: both, at: at(0)) == .park(for: .seconds(seconds)))
        }
        // Who shares only the rate of all comes behind three of them at that rate, not at the tenant's.
        #expect(gate.arrive(104, keys: [RateKey(rule: 1)], at: at(0)) == .park(for: .milliseconds(1_300)))
    }

    @Test func aPlaceOfASharedAllowanceIsGivenBackToo() {
        var options = RateGate.Options()
        options.maximumKeys = 1
        options.holdLimit = .zero
        var gate = gate([rule(1)], options)
        let keys = ["a", "b", "c"].map { [RateKey(rule: 0, value: $0)] }
        for ticket in 0...1 { #expect(gate.arrive(UInt64(ticket), keys: keys[ticket], at: at(0)) == .admit) }
        for ticket: UInt64 in 2...9 {
            #expect(gate.arrive(ticket, keys: keys[2], at: at(0)) == .park(for: .seconds(1)))
            gate.giveBackPlace(keys[2])
        }
    }

    /// A ticket is an address, which is another request's when its own is gone.
    @Test func aTicketMayComeAgain() {
        var options = RateGate.Options()
        options.holdLimit = .seconds(2)
        var gate = gate([rule(concurrency: 1)], options)
        #expect(gate.arrive(1, keys: key, at: at(0)) == .admit)
        for ticket: UInt64 in 2...4 { #expect(gate.arrive(ticket, keys: key, at: at(0)) == .hold(until: nil)) }
        gate.withdraw(3, at: at(1))
        #expect(gate.arrive(3, keys: key, at: at(1)) == .hold(until: nil))
        // It stands in line where it came last, and is held for its own time.
        gate.finish(1, at: at(1))
        #expect(admitted(gate.advance(to: at(1))) == [2])
        gate.finish(2, at: at(1))
        #expect(admitted(gate.advance(to: at(1))) == [4])
        #expect(gate.advance(to: at(2)) == [])
        #expect(gate.nextChange() == at(3))
        #expect(gate.advance(to: at(3)) == [RateGate.Release(ticket: 3, parking: .seconds(10))])
    }
}
