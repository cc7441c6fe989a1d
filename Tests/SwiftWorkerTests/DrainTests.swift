import Testing

@testable import SwiftWorker

/// What a stopping worker does about its running tasks.
@Suite struct DrainTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var isSoftWhenIdle = false
        let events: [Drain.Event]
        let actions: [Drain.Action]
        var testDescription: String { "\(events), soft when idle: \(isSoftWhenIdle)" }
    }

    static let soft = Duration.seconds(10)
    static let limit = Duration.seconds(60)

    @Test(arguments: [
        Row(events: [.finished], actions: [.end]),
        Row(events: [.timedOut, .finished], actions: [.cancel(drainTimeout: limit), .wait]),
        Row(events: [.cold, .finished], actions: [.cancel(drainTimeout: nil), .wait]),
        Row(events: [.soft(isIdle: false), .finished], actions: [.beginSoft(soft), .end]),
        Row(
            events: [.soft(isIdle: false), .softOver, .cold],
            actions: [.beginSoft(soft), .cancel(drainTimeout: nil), .wait]
        ),
        Row(events: [.soft(isIdle: false), .cold], actions: [.beginSoft(soft), .cancel(drainTimeout: nil)]),
        // The soft shutdown's time counts from then on, not the drain's.
        Row(events: [.soft(isIdle: false), .timedOut, .finished], actions: [.beginSoft(soft), .wait, .end]),
        Row(events: [.soft(isIdle: true)], actions: [.cancel(drainTimeout: nil)]),
        Row(
            isSoftWhenIdle: true,
            events: [.soft(isIdle: true), .finished, .softOver],
            actions: [.beginSoft(soft), .wait, .end]
        ),
        Row(
            isSoftWhenIdle: true,
            events: [.soft(isIdle: true), .finished, .cold],
            actions: [.beginSoft(soft), .wait, .end]
        ),
    ])
    func follows(_ row: Row) {
        var drain = Drain(timeout: Self.limit, softTimeout: Self.soft, isSoftWhenIdle: row.isSoftWhenIdle)
        #expect(row.events.map { drain.receive($0) } == row.actions)
    }

    /// The pool's end may be heard before the phase.
    @Test func waitsWhenIdleWhicheverIsHeardFirst() {
        var drain = Drain(softTimeout: Self.soft, isSoftWhenIdle: true)
        #expect(drain.receive(.finished, isSoft: true) == .beginSoft(Self.soft))
        #expect(drain.receive(.soft(isIdle: true)) == .wait)
        #expect(drain.receive(.softOver) == .end)
    }
}
