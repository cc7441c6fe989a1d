import FlyingSocks
import Synchronization

/// Keeps those who connect and say nothing, or connect too often, from using the worker up.
final class BoundedSocketPool: AsyncSocketPool {
    /// How long a peer may let the endpoint wait for its next bytes.
    static let patience: Duration = .seconds(10)
    /// So many peers may do so at a time; more are turned away.
    static let maximumWaiting = 64

    private let base: any AsyncSocketPool
    private let waiting = Atomic(0)

    init(_ base: any AsyncSocketPool) { self.base = base }

    func prepare() async throws { try await base.prepare() }

    func run() async throws { try await base.run() }

    func suspendSocket(_ socket: Socket, untilReadyFor events: Socket.Events) async throws {
        // The one that listens has no peer, and waits without end.
        guard (try? socket.remotePeer()) != nil else {
            return try await base.suspendSocket(socket, untilReadyFor: events)
        }
        defer { waiting.subtract(1, ordering: .relaxed) }
        guard waiting.add(1, ordering: .relaxed).newValue <= Self.maximumWaiting else {
            throw SocketError.disconnected
        }
        try await withThrowingTaskGroup(of: Void.self) { [base] group in
            group.addTask { try await base.suspendSocket(socket, untilReadyFor: events) }
            group.addTask {
                try await Task.sleep(for: Self.patience)
                throw SocketError.disconnected
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
