import CeleryProtocol
import JSON
import OrderedCollections
import Testing

@testable import WorkerCommands

@Suite struct MonitorStateTests {
    /// The state after the events, in the order in which they came.
    @Test(arguments: [
        (["received", "started", "succeeded"], "SUCCESS"),
        (["received", "started", "failed"], "FAILURE"),
        (["sent"], "PENDING"),
        (["sent", "received"], "RECEIVED"),
        // Out of order.
        (["succeeded", "received", "started"], "SUCCESS"),
        (["started", "received"], "STARTED"),
        (["received", "sent"], "RECEIVED"),
        // A retry goes on from the beginning.
        (["received", "started", "retried"], "RETRY"),
        (["received", "started", "retried", "received", "started"], "STARTED"),
        (["received", "revoked"], "REVOKED"),
        (["received", "started", "rejected"], "STARTED"),
        // A task's own.
        (["received", "started", "progress"], "PROGRESS"),
        (["received", "started", "progress", "succeeded"], "SUCCESS"),
    ]) func states(_ subjects: [String], _ expected: String) throws {
        var state = MonitorState(at: 0)
        for subject in subjects { try state.hear(subject, "1", at: 1) }
        #expect(state.tasks["1"]?.state == expected)
    }

    @Test func whatATaskTells() throws {
        var state = MonitorState(at: 0)
        try state.hear("succeeded", "1", ["result": "'x'", "runtime": 1.5, "eta": .null], at: 3)
        try state.hear("received", "1", ["name": "a.b", "args": "(1,)", "kwargs": "{}", "retries": 2], at: 4)
        let task = try #require(state.tasks["1"])
        #expect(task.name == "a.b")
        #expect(task.node == "w@h")
        #expect(task.runtime == 1.5)
        #expect(task.details == ["result": "'x'", "args": "(1,)", "kwargs": "{}", "retries": "2"])
        #expect((task.seenAt, task.changedAt, task.timestamp) == (3, 3, 3))
    }

    @Test func textsAreCut() throws {
        var state = MonitorState(at: 0)
        let long = String(repeating: "x", count: 100_000)
        try state.hear("failed", "1", ["exception": .string(long), "traceback": .string(long + "end")], at: 1)
        let task = try #require(state.tasks["1"])
        #expect(task.details["exception"]?.count == MonitorTask.maximumText)
        #expect(task.traceback?.count == MonitorTask.maximumTraceback)
        #expect(task.traceback?.hasSuffix("end") == true)
    }

    @Test func onlyTheNewestTasksStay() throws {
        var state = MonitorState(at: 0)
        for number in 0..<(MonitorState.maximumTasks + 50) { try state.hear("received", "\(number)", at: 1) }
        #expect(state.tasks.count == MonitorState.maximumTasks)
        #expect(state.tasks.dropped == 50)
        #expect(state.tasks["49"] == nil)
        #expect(state.tasks["50"] != nil)
    }

    @Test func workers() throws {
        var state = MonitorState(at: 0)
        let pulse: JSONObject = [
            "freq": 2.0, "active": 3, "processed": 40, "loadavg": [1, 0.5, 0.25], "pid": 7, "sw_ident": "py-celery",
            "sw_ver": "5.7.0",
        ]
        try state.hearWorker("heartbeat", pulse, at: 10)
        let worker = try #require(state.workers["w@h"])
        #expect(worker.active == 3)
        #expect(worker.loadAverage == [1, 0.5, 0.25])
        #expect(worker.software == "py-celery 5.7.0")
        #expect(worker.isAlive(at: 13.9))
        #expect(!worker.isAlive(at: 14))
        // Its tasks' events are signs of life, too.
        try state.hear("started", "1", at: 15)
        #expect(state.workers["w@h"]?.isAlive(at: 18) == true)
        try state.hearWorker("offline", at: 16)
        #expect(state.workers["w@h"]?.isAlive(at: 16) == false)
        // Who sends tasks is none.
        try state.hear("sent", "2", of: "gen@h", at: 16)
        #expect(state.workers.count == 1)
    }

    @Test func workersAreBounded() throws {
        var state = MonitorState(at: 0)
        for number in 0...MonitorState.maximumWorkers {
            try state.hearWorker("online", of: "w\(number)", at: Double(number))
        }
        #expect(state.workers.count == MonitorState.maximumWorkers)
        #expect(state.workers["w0"] == nil)
    }

    @Test func rates() throws {
        var state = MonitorState(at: 0)
        for second in 0..<10 {
            for _ in 0..<(second < 8 ? 4 : 0) { try state.hear("received", "\(second)", at: Double(second) + 0.5) }
        }
        #expect(state.rate(.received, at: 8) == 4)
        #expect(state.rate(.received, at: 10) == 12.0 / 5)
        #expect(state.rate(.received, at: 100) == 0)
        #expect(state.rate(.failed, at: 10) == 0)
    }

    @Test(arguments: [(0.5, 0.0), (1.0, 3), (2.0, 1.5), (4.2, 0.75), (6.0, 0), (1_000.0, 0)])
    func meter(_ now: Double, _ rate: Double) {
        var meter = RateMeter(at: 0)
        meter.add(3, at: 0.2)
        #expect(meter.rate(at: now) == rate)
    }
}
