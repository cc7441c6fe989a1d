import Foundation
import JSON
import OrderedCollections
import PoolTasks
import Testing

@testable import SwiftWorker

/// Tasks that are terminated in child processes.
@Suite(.serialized, .timeLimit(.minutes(1))) struct ProcessTerminationTests {
    /// What the body has started in its group hears the signal, and the child is replaced.
    @Test(arguments: [SIGKILL, SIGTERM]) func aTerminatedChildTakesItsGroupAlong(_ signal: Int32) async throws {
        let gate = try Gate()
        defer { gate.remove() }
        let harness = try PoolHarness(.prefork, 1)
        try await harness.run {
            try harness.submit(["it"], of: Grandchildren(), ["folder": .string(gate.folder)])
            try await eventually("it runs") { gate.entered == ["it"] && harness.ends.started == ["it"] }
            let started = ContinuousClock.now
            // The child itself disregards TERM, so that its body may clean up; KILL does not wait for that.
            let grace: Duration = signal == SIGTERM ? .milliseconds(500) : .seconds(30)
            harness.pool.cancelRunning(.terminated(signal: signal), grace: grace) { _ in true }
            try await eventually("it is ended") { harness.ends.ids == ["it"] }
            guard case .revoked(.terminated(signal)) = harness.ends.outcomes.first else {
                Issue.record("\(harness.ends.outcomes)")
                return
            }
            #expect((.now - started >= grace) == (signal == SIGTERM))
            let grandchildren = gate.takeGrandchildren()
            #expect(grandchildren.count == 3)
            try await eventually("the grandchildren are gone") { grandchildren.allSatisfy { kill($0, 0) != 0 } }
            try harness.submit(["next"], of: Quick())
            try await eventually("the next child serves") { harness.ends.ids == ["it", "next"] }
            #expect(harness.ends.process(of: "next") != harness.ends.process(of: "it"))
        }
    }

    /// A signal that comes again while the body cleans up shortens nothing and ends it all the same.
    @Test func terminatingTwiceIsTerminatingOnce() async throws {
        let gate = try Gate()
        defer { gate.remove() }
        let harness = try PoolHarness(.prefork, 1)
        try await harness.run {
            try harness.submit(["it"], of: Gated(), ["folder": .string(gate.folder), "isBlocking": true])
            try await eventually("it runs") { gate.entered == ["it"] }
            harness.pool.cancelRunning(.terminated(signal: SIGTERM), grace: .milliseconds(300)) { _ in true }
            harness.pool.cancelRunning(.terminated(signal: SIGKILL), grace: .milliseconds(300)) { _ in true }
            try await eventually("it is ended") { harness.ends.ids == ["it"] }
            guard case .revoked(.terminated(SIGTERM)) = harness.ends.outcomes.first else {
                Issue.record("\(harness.ends.outcomes)")
                return
            }
        }
        #expect(harness.ends.ids == ["it"])
    }
}
