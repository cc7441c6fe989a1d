import Foundation
import Testing

/// A queue with an argument that Celery's producers do not give by themselves.
@Suite struct SingleActiveQueueTests {
    @Test(.timeLimit(.minutes(5)), arguments: [\TestEnvironment.python57, \TestEnvironment.python53])
    func producersStateTheArgumentOrDeclareNothing(python: KeyPath<TestEnvironment, String> & Sendable) async throws {
        let environment = try TestEnvironment()
        try await environment.withQueue("single-active") { queue in
            let worker = try await environment.swiftWorker(
                queue: queue,
                environment: ["SWIFTWORKER_TASK_QUEUES": "{\(queue): {exchange: \(queue), single_active: true}}"]
            )
            let output = try await ChildProcess.run(
                environment[keyPath: python],
                ["single_active.py", "--broker", environment.broker, "--queue", queue],
                within: .seconds(90)
            )
            #expect(output == "plain 406\nargument 5\nno_declare 5\n")
            #expect(try await worker.stop() == 0, "\(worker.tail)")
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func aWorkerThatComesSecondSaysWhatToDo() async throws {
        let environment = try TestEnvironment()
        try await environment.withQueue("single-active") { queue in
            let first = try await environment.swiftWorker(queue: queue)
            let second = try ChildProcess(
                environment.worker,
                ["worker", "-Q", queue, "-P", "solo", "-l", "INFO", "-n", "second@%h"],
                environment: [
                    "CELERY_BROKER_URL": environment.broker,
                    "SWIFTWORKER_TASK_QUEUES": "{\(queue): {exchange: \(queue), single_active: true}}",
                ]
            )
            #expect(try await second.exitCode(within: .seconds(30)) == 1)
            let lines = second.output.split(separator: "\n").filter { $0.contains("The worker stops: ") }
            let line = try #require(lines.first, "\(second.tail)")
            for part in [
                "queue '\(queue)' exists with other properties", "x-single-active-consumer: true",
                "rabbitmqctl delete_queue \(queue)", "406 PRECONDITION_FAILED", "but current is none",
            ] {
                #expect(line.contains(part), "\(line)")
            }
            #expect(try await first.stop() == 0, "\(first.tail)")
        }
    }
}
