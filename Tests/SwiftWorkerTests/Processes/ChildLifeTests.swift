import Testing

@testable import SwiftWorker

@Suite("The life of a child process")
struct ChildLifeTests {
    private static let start = ContinuousClock.now
    private static let times = ChildLife.Times(
        start: .seconds(4),
        heartbeat: .seconds(10),
        exit: .seconds(5),
        loss: .seconds(1)
    )

    /// What happens, after so many seconds, and what is to be done then.
    private typealias Step = (seconds: Double, event: ChildLife.Event, action: ChildLife.Action)

    private func live(_ steps: [Step], sourceLocation: SourceLocation = #_sourceLocation) -> ChildLife {
        var life = ChildLife(Self.times, at: Self.start)
        for step in steps {
            let action = life.handle(step.event, at: Self.start + .seconds(step.seconds))
            #expect(action == step.action, "\(step)", sourceLocation: sourceLocation)
        }
        return life
    }

    @Test func worksAndRetires() {
        let life = live([
            (0.01, .ready, .nothing), (1, .taskBegan, .nothing), (2, .taskEnded, .nothing), (3, .retire, .closeChannel),
            (3.1, .channelClosed, .nothing), (3.2, .exited, .nothing), (100, .tick, .nothing),
        ])
        #expect(life.phase == .exited)
        #expect(life.verdict == nil && life.due == nil && !life.isServing)
    }

    @Test func isKilledWhenItIsNotReadyInTime() {
        let life = live([(3.9, .tick, .nothing), (4, .tick, .kill), (5, .ready, .nothing), (6, .exited, .nothing)])
        #expect(life.verdict == .notReady(.seconds(4)))
    }

    @Test func isKilledAfterThreeUnansweredQuestions() {
        let life = live([
            (0, .ready, .nothing), (9, .tick, .nothing), (10, .tick, .ping), (20, .tick, .ping), (30, .tick, .ping),
            (39, .tick, .nothing), (40, .tick, .kill), (41, .tick, .nothing),
        ])
        #expect(life.verdict == .lost(.unresponsive(.seconds(30))))
    }

    @Test func anAnswerStartsTheCountAnew() {
        let life = live([
            (0, .ready, .nothing), (1, .taskBegan, .nothing), (10, .tick, .ping), (20, .tick, .ping),
            (21, .pong, .nothing), (30, .tick, .ping), (40, .tick, .ping), (50, .tick, .ping), (51, .pong, .nothing),
            (60, .tick, .ping),
        ])
        #expect(life.phase == .busy)
    }

    /// A machine that slept is no reason to kill: one question at a time, whatever the clock says.
    @Test func aLongPauseIsOneQuestion() {
        let life = live([(0, .ready, .nothing), (1000, .tick, .ping), (1001, .pong, .nothing), (1010, .tick, .ping)])
        #expect(life.phase == .idle)
    }

    @Test func withoutLimitsNothingIsDue() {
        var life = ChildLife(ChildLife.Times(), at: Self.start)
        #expect(life.due == nil)
        _ = life.handle(.ready, at: Self.start)
        #expect(life.due == nil)
        let action = life.handle(.tick, at: Self.start + .seconds(1000))
        #expect(action == .nothing && life.phase == .idle)
    }

    @Test func aClosedChannelGivesASecondToDie() {
        var life = live([(0, .ready, .nothing), (1, .taskBegan, .nothing), (2, .channelClosed, .nothing)])
        #expect(life.phase == .disconnected && !life.isServing)
        // Closing is told once for each channel.
        let actions = [(ChildLife.Event.channelClosed, 2.9), (.tick, 2.9), (.tick, 3)].map { event, seconds in
            life.handle(event, at: Self.start + .seconds(seconds))
        }
        #expect(actions == [.nothing, .nothing, .kill])
        #expect(life.verdict == .lost(.disconnected))
    }

    @Test func oneThatDiesBeforeItIsReadyCountsAsStartingUntilItsEnd() {
        var life = live([(0.1, .channelClosed, .nothing)])
        #expect(life.isStarting && life.isServing)
        _ = life.handle(.exited, at: Self.start)
        #expect(!life.isStarting && !life.isServing)
    }

    @Test func isKilledWhenItDoesNotExit() {
        let life = live([
            (0, .ready, .nothing), (1, .retire, .closeChannel), (2, .retire, .nothing), (5.9, .tick, .nothing),
            (6, .tick, .kill),
        ])
        #expect(life.verdict == .overdue)
    }

    @Test func aBusyOneDoesNotRetire() {
        let life = live([(0, .ready, .nothing), (1, .taskBegan, .nothing), (2, .retire, .nothing)])
        #expect(life.phase == .busy)
    }

    @Test func theFirstVerdictCounts() {
        var life = ChildLife(Self.times, at: Self.start)
        let areNew = [ChildLife.Verdict.lost(.memory(limit: 7)), .taskEnded].map { life.kill($0) }
        #expect(areNew == [true, false])
        #expect(life.verdict == .lost(.memory(limit: 7)))
    }
}

@Suite("What becomes due while a job runs")
struct JobWatchTests {
    private let start = ContinuousClock.now

    private func tick(_ watch: inout JobWatch, at seconds: Double) -> JobWatch.Action {
        watch.tick(at: start + .seconds(seconds))
    }

    @Test func limitsComeInTheirOrder() {
        var watch = JobWatch(TaskLimits(soft: .seconds(2), hard: .seconds(5)), from: start)
        #expect(watch.due == start + .seconds(2))
        let first = [1, 2].map { tick(&watch, at: $0) }
        #expect(first == [.nothing, .soft(.seconds(2))])
        #expect(watch.due == start + .seconds(5))
        let second = [2.5, 5].map { tick(&watch, at: $0) }
        #expect(second == [.nothing, .hard(.seconds(5))])
    }

    @Test func withoutLimitsNothingIsDue() {
        var watch = JobWatch(TaskLimits(), from: start)
        #expect(watch.due == nil)
        watch.cancel(.shutdown, until: start + .seconds(9))
        #expect(watch.due == start + .seconds(9))
        let actions = [8, 9].map { tick(&watch, at: $0) }
        #expect(actions == [.nothing, .force(.shutdown)])
    }

    @Test func theFirstCauseAndTheEarliestEndCount() {
        var watch = JobWatch(TaskLimits(hard: .seconds(5)), from: start)
        watch.cancel(.connectionLost, until: start + .seconds(9))
        watch.cancel(.shutdown, until: start + .seconds(3))
        #expect(watch.due == start + .seconds(3))
        let action = tick(&watch, at: 6)
        #expect(action == .force(.connectionLost))
    }
}

@Suite("When children are started")
struct StartPolicyTests {
    private let start = ContinuousClock.now

    @Test func atOnceAsLongAsAllIsWell() {
        #expect(StartPolicy().allowance(of: 20, starting: 3, at: start) == 20)
    }

    @Test func thoseThatFailTogetherCountOnceAndThenOneIsTriedAlone() {
        var policy = StartPolicy()
        let pauses = [0, 40].map { policy.failed(at: start + .milliseconds($0)) }
        #expect(pauses == [.milliseconds(100), .milliseconds(60)])
        #expect(policy.failures == 1)
        #expect(policy.allowance(of: 3, starting: 0, at: start + .milliseconds(99)) == 0)
        #expect(policy.allowance(of: 3, starting: 0, at: start + .milliseconds(100)) == 1)
        #expect(policy.allowance(of: 2, starting: 1, at: start + .milliseconds(100)) == 0)
        policy.succeeded()
        #expect(policy.allowance(of: 3, starting: 0, at: start) == 3)
    }

    @Test func pausesDoubleUpToHalfAMinute() {
        var policy = StartPolicy()
        var now = start
        var pauses: [Duration] = []
        for _ in 0..<12 {
            let pause = policy.failed(at: now)
            pauses.append(pause)
            now += pause
        }
        #expect(pauses.prefix(4) == [.milliseconds(100), .milliseconds(200), .milliseconds(400), .milliseconds(800)])
        #expect(pauses.suffix(3).allSatisfy { $0 == .seconds(30) })
    }
}
