import AMQP
import BrokerModel
import Foundation
import Glibc
import OrderedCollections
import Postgres

/// What a fault can be done to.
struct FaultSetting: Sendable {
    let broker: FaultyBroker
    let database: String
    let worker: MonitoredWorker
    /// Holds what a fault needs until it is mended.
    let held = Held()

    final class Held: @unchecked Sendable {
        var connection: AMQPConnection?
        var killing: Task<Void, Never>?
    }

    /// Does something on a connection of an operator's.
    func operate(_ body: (AMQPChannel) async throws -> Void) async throws {
        let connection = try await AMQPConnection.connect(ConnectionConfiguration(endpoints: [broker.endpoint()]))
        do {
            try await body(try await connection.openChannel())
        } catch {
            await connection.close()
            throw error
        }
        await connection.close()
    }

    /// Runs a statement on the database's server, outside of the database.
    func sql(_ statement: String) async throws {
        let server = PostgresClient(try PostgresServer.configuration())
        defer { server.close() }
        try await server.query(statement)
    }
}

/// Something that breaks, and is mended.
struct Fault: Sendable {
    let name: String
    /// One of these checks names it; any if there are none.
    let checks: Set<String>
    let cause: @Sendable (FaultSetting) async throws -> Void
    let mend: @Sendable (FaultSetting) async throws -> Void

    init(
        _ name: String,
        _ checks: Set<String>,
        cause: @escaping @Sendable (FaultSetting) async throws -> Void,
        mend: @escaping @Sendable (FaultSetting) async throws -> Void = { _ in }
    ) {
        self.name = name
        self.checks = checks
        self.cause = cause
        self.mend = mend
    }

    static let all: [Fault] = [
        Fault("the broker is down", ["broker"]) {
            try await $0.broker.stop()
        } mend: {
            try await $0.broker.start()
        },
        Fault("the broker is frozen", ["broker", "publisher"]) {
            try $0.broker.freeze(true)
        } mend: {
            try $0.broker.freeze(false)
        },
        Fault("connections are closed by an operator", []) { try await $0.disconnect() },
        Fault("the listeners are gone", ["broker"]) { setting in
            try await setting.broker.control(["eval", "rabbit_maintenance:suspend_all_client_listeners()."])
            try await setting.disconnect()
        } mend: { setting in
            try await setting.broker.control(["eval", "rabbit_maintenance:resume_all_client_listeners()."])
        },
        Fault("the queue is deleted, and its consumer cancelled", ["consumers"]) { setting in
            try await setting.operate { _ = try await $0.deleteQueue("work") }
        },
        Fault("the queue is another connection's now", ["consumers", "broker"]) { setting in
            let endpoint = setting.broker.endpoint()
            let connection = try await AMQPConnection.connect(ConnectionConfiguration(endpoints: [endpoint]))
            setting.held.connection = connection
            let channel = try await connection.openChannel()
            // The worker is quick to declare it again.
            for _ in 0..<200 {
                try await channel.deleteQueue("work")
                let taken = try await connection.openChannel()
                let mine = QueueDeclaration(name: "work", isDurable: false, isExclusive: true)
                if (try? await taken.declareQueue(mine)) != nil { break }
            }
        } mend: { setting in
            await setting.held.connection?.close()
        },
        Fault("the channel is closed, as the queue has other properties now", ["consumers", "broker"]) { setting in
            let mine = QueueDeclaration(name: "work", arguments: ["x-max-length": .int32(10)])
            let connection = try await AMQPConnection.connect(
                ConnectionConfiguration(endpoints: [setting.broker.endpoint()])
            )
            for _ in 0..<200 {
                let channel = try await connection.openChannel()
                try await channel.deleteQueue("work")
                if (try? await channel.declareQueue(mine)) != nil { break }
            }
            await connection.close()
        } mend: { setting in
            try await setting.operate { _ = try await $0.deleteQueue("work") }
        },
        Fault("the broker is short of memory, and blocks publishing", ["publisher"]) { setting in
            try await setting.broker.control(["set_vm_memory_high_watermark", "0.000001"])
        } mend: { setting in
            try await setting.broker.control(["set_vm_memory_high_watermark", "0.6"])
        },
        Fault("the broker's disk is full", ["publisher"]) { setting in
            try await setting.broker.control(["set_disk_free_limit", "100000GB"])
        } mend: { setting in
            try await setting.broker.control(["set_disk_free_limit", "1MB"])
        },
        Fault("permissions are withdrawn", ["broker", "consumers"]) { setting in
            try await setting.broker.control(["clear_permissions", "-p", "/", "worker"])
            try await setting.disconnect()
        } mend: { setting in
            try await setting.broker.control(["set_permissions", "-p", "/", "worker", ".*", ".*", ".*"])
        },
        Fault("the password is changed", ["broker", "consumers"]) { setting in
            try await setting.broker.control(["change_password", "worker", "second"])
            try await setting.disconnect()
        } mend: { setting in
            try await setting.broker.control(["change_password", "worker", "first"])
        },
        Fault("the pool is dead: each child dies as soon as it is there", ["pool"]) { setting in
            let process = setting.worker.process.identifier
            setting.held.killing = Task.detached {
                while !Task.isCancelled {
                    for child in Self.children(of: process) { kill(child, SIGKILL) }
                    try? await Task.sleep(for: .milliseconds(5))
                }
            }
        } mend: { setting in
            setting.held.killing?.cancel()
        },
        Fault("the control store's database is down", ["control_store"]) { setting in
            try await setting.sql("ALTER DATABASE \(setting.database) ALLOW_CONNECTIONS false")
            try await setting.sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(setting.database)'"
            )
        } mend: { setting in
            try await setting.sql("ALTER DATABASE \(setting.database) ALLOW_CONNECTIONS true")
        },
    ]

    private static func children(of process: pid_t) -> [pid_t] {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
        return tasks.flatMap { task in
            let text = try? String(contentsOfFile: "/proc/\(process)/task/\(task)/children", encoding: .utf8)
            return (text ?? "").split(separator: " ").compactMap { pid_t($0) }
        }
    }
}

extension FaultSetting {
    /// Closes all connections of the broker.
    func disconnect() async throws { try await broker.control(["close_all_connections", "by an operator"]) }
}
