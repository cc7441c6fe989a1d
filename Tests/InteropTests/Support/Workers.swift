import Foundation

extension TestEnvironment {
    /// Starts the worker with the Swift tasks and waits until it consumes.
    func swiftWorker(
        queue: String,
        pool: String = "threads",
        concurrency: Int = 4,
        options: [String] = [],
        environment: [String: String] = [:]
    ) async throws -> ChildProcess {
        var variables = [
            "CELERY_BROKER_URL": broker, "CELERY_RESULT_BACKEND": "rpc://",
            // The reader of a task that nobody knows is told at once, as in Celery.
            "SWIFTWORKER_UNREGISTERED_RETURNS": "0",
        ]
        variables.merge(environment) { $1 }
        let worker = try ChildProcess(
            worker,
            ["worker", "-Q", queue, "-P", pool, "-c", "\(concurrency)", "-l", "INFO", "-n", "\(queue)@%h"] + options,
            environment: variables
        )
        try await worker.wait(for: " ready.")
        return worker
    }

    /// Starts a Python worker with the Python tasks and waits until it consumes.
    ///
    /// - Parameters:
    ///   - module: one with more tasks.
    ///   - options: others than that it says nothing of itself.
    ///   - isNative: whether the queue is a quorum queue with a topic exchange.
    func pythonWorker(
        queue: String,
        pool: String = "threads",
        concurrency: Int = 4,
        including module: String = "tasks",
        options: [String] = ["--without-mingle", "--without-gossip", "--without-heartbeat"],
        isNative: Bool = false
    ) async throws -> ChildProcess {
        let worker = try ChildProcess(
            python57,
            [
                "-m", "celery", "-A", "tasks", "worker", "-I", module, "-Q", queue, "-P", pool,
                "-c", "\(concurrency)", "-l", "INFO", "-n", "\(queue)@%h",
            ] + options,
            environment: ["TWIN_BROKER": broker, "TWIN_QUEUE": queue]
                .merging(isNative ? ["TWIN_NATIVE": "1"] : [:]) { $1 }
        )
        try await worker.wait(for: " ready.", within: .seconds(60))
        return worker
    }

    /// Removes a queue and returns how many messages were left in it.
    @discardableResult
    func deleteQueue(_ name: String) async throws -> Int {
        let output = try await ChildProcess.run(
            python57,
            ["delete_queue.py", "--broker", broker, "--queue", name],
            within: .seconds(60)
        )
        guard let count = Int(output.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw ChildProcess.Failure(description: "delete_queue.py printed: \(output)")
        }
        return count
    }

    /// Runs a body with a virtual host of its own and the name of a queue: all events there are its own.
    static func withVirtualHost<T>(
        _ prefix: String,
        _ body: (_ environment: TestEnvironment, _ queue: String) async throws -> T
    ) async throws -> T {
        let environment = try TestEnvironment(virtualHost: unique(prefix))
        let name = environment.broker.split(separator: "/").last.map(String.init) ?? ""
        try await control(["add_vhost", name])
        let result: T
        do {
            try await control(["set_permissions", "-p", name, "guest", ".*", ".*", ".*"])
            result = try await body(environment, name)
        } catch {
            _ = try? await control(["delete_vhost", name])
            throw error
        }
        try await control(["delete_vhost", name])
        return result
    }

    private static func control(_ arguments: [String]) async throws {
        try await ChildProcess.run(required("SWIFTWORKER_TEST_RABBITMQCTL"), ["-q"] + arguments, within: .seconds(60))
    }

    /// Runs a body with a queue of its own, which is removed on both paths.
    func withQueue<T>(_ prefix: String, _ body: (String) async throws -> T) async throws -> T {
        let queue = Self.unique(prefix)
        let result: T
        do {
            result = try await body(queue)
        } catch {
            _ = try? await deleteQueue(queue)
            throw error
        }
        try await deleteQueue(queue)
        return result
    }
}
