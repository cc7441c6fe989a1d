import Testing

@testable import Processes

@Suite("Decisions about a program's end")
struct RunPhaseTests {
    @Test("A program that ends by itself is finished once its pipes are read")
    func ordinaryEnd() {
        var phase = RunPhase(deadline: .seconds(10), grace: .seconds(1))
        #expect(phase.handle(.tick, at: .seconds(9)) == .nothing)
        #expect(phase.handle(.leaderExited, at: .seconds(9)) == .kill)
        #expect(phase.handle(.outputsEnded, at: .seconds(9)) == .finish)
        #expect(phase.cause == nil)
    }

    @Test("Pipes that ended before the program need no reading")
    func pipesEndFirst() {
        var phase = RunPhase(deadline: nil, grace: .seconds(1))
        #expect(phase.handle(.outputsEnded, at: .seconds(1)) == .nothing)
        #expect(phase.nextInstant == nil)
        #expect(phase.handle(.leaderExited, at: .seconds(2)) == .finish)
    }

    @Test("A pipe held by a stranger is given up after a while")
    func heldPipe() {
        var phase = RunPhase(deadline: nil, grace: .seconds(1), drainTime: .seconds(2))
        #expect(phase.handle(.leaderExited, at: .seconds(5)) == .kill)
        #expect(phase.nextInstant == .seconds(7))
        #expect(phase.handle(.tick, at: .seconds(6)) == .nothing)
        #expect(phase.handle(.tick, at: .seconds(7)) == .finish)
    }

    @Test("A deadline asks first and kills after the grace")
    func deadline() {
        var phase = RunPhase(deadline: .seconds(10), grace: .seconds(3))
        #expect(phase.handle(.tick, at: .seconds(10)) == .terminate)
        #expect(phase.cause == .timedOut)
        #expect(phase.handle(.tick, at: .seconds(12)) == .nothing)
        #expect(phase.handle(.tick, at: .seconds(13)) == .kill)
        #expect(phase.nextInstant == nil)
        #expect(phase.handle(.tick, at: .seconds(99)) == .nothing)
        #expect(phase.handle(.leaderExited, at: .seconds(99)) == .kill)
        #expect(phase.handle(.outputsEnded, at: .seconds(99)) == .finish)
    }

    @Test("A cancellation during the grace changes neither cause nor grace")
    func cancelledTwice() {
        var phase = RunPhase(deadline: .seconds(10), grace: .seconds(3))
        #expect(phase.handle(.cancelled, at: .seconds(1)) == .terminate)
        #expect(phase.handle(.cancelled, at: .seconds(2)) == .nothing)
        #expect(phase.nextInstant == .seconds(4))
        #expect(phase.cause == .cancelled)
    }
}
