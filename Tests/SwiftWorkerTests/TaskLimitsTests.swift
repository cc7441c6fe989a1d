import CeleryProtocol
import Testing

@testable import SwiftWorker

/// Where a limit comes from, and what it asks for as time passes (reference, 3.12).
@Suite struct TaskLimitsTests {
    @Test(
        arguments: [
            // message, task, setting, command line → limit
            (30.0, 20.0, 10.0, 5.0, 30.0),
            (nil, 20.0, 10.0, 5.0, 20.0),
            (0.0, 20.0, 10.0, 5.0, 20.0),
            (nil, nil, 10.0, 5.0, 10.0),
            (nil, 0.0, 0.0, 5.0, 5.0),
            (0.25, nil, nil, nil, 0.25),
            (nil, nil, nil, nil, nil),
            // Nonsense of a producer is no limit.
            (-1.0, nil, 10.0, nil, 10.0),
            (.infinity, nil, nil, nil, nil),
            (1e300, nil, nil, nil, nil),
        ] as [(Double?, Double?, Double?, Double?, Double?)]
    )
    func theFirstThatIsGivenCounts(
        message: Double?,
        task: Double?,
        setting: Double?,
        commandLine: Double?,
        expected: Double?
    ) {
        func seconds(_ value: Double?) -> Duration? { value.map { .seconds($0) } }
        var settings = Settings()
        (settings.taskTimeLimit, settings.taskSoftTimeLimit) = (seconds(setting), seconds(setting))
        (settings.workerTimeLimit, settings.workerSoftTimeLimit) = (seconds(commandLine), seconds(commandLine))
        let options = TaskOptions(timeLimit: seconds(task), softTimeLimit: seconds(task))
        var headers = TaskHeaders(task: "t", id: "i")
        (headers.timeLimit, headers.softTimeLimit) = (message, message)
        let limits = TaskPolicy(of: "", options: options, settings: settings).limits.overridden(by: headers)
        #expect(limits == TaskLimits(soft: seconds(expected), hard: seconds(expected)))
    }

    @Test func asksForTheSoftThenTheHardLimitOnce() {
        let start = ContinuousClock.now
        var watch = LimitWatch(TaskLimits(soft: .seconds(1), hard: .seconds(3)), from: start)
        #expect(watch.next == start + .seconds(1))
        #expect(watch.tick(at: start + .milliseconds(999)) == .nothing)
        #expect(watch.tick(at: start + .seconds(1)) == .soft(.seconds(1)))
        #expect(watch.next == start + .seconds(3))
        #expect(watch.tick(at: start + .seconds(2)) == .nothing)
        #expect(watch.tick(at: start + .seconds(3)) == .hard(.seconds(3)))
    }

    @Test func withoutLimitsNothingIsDue() {
        var watch = LimitWatch(TaskLimits(), from: .now)
        #expect(watch.next == nil)
        #expect(watch.tick(at: .now + .seconds(86_400)) == .nothing)
    }

    @Test func ofBothAtOnceTheHardOneCounts() {
        let start = ContinuousClock.now
        var watch = LimitWatch(TaskLimits(soft: .seconds(2), hard: .seconds(1)), from: start)
        #expect(watch.next == start + .seconds(1))
        #expect(watch.tick(at: start + .seconds(5)) == .hard(.seconds(1)))
    }
}
