import Platform
public import SwiftWorker

/// Keeps what remote control has changed in a file, for one worker: the place of Celery's `--statedb`, whose file is of
/// Python's own format.
///
/// The file is written anew at each change, and replaces the old one in one step.
public actor FileControlStore: ControlStore {
    /// The longest file that is read, in bytes.
    static let maximumBytes = 256 << 20

    public nonisolated let name: String
    private var state: ControlState?

    /// - Parameter path: the file; it need not be there yet, but its folder has to.
    public init(path: String) { name = path }

    public func load(for node: String, _ limits: ControlLimits) async throws(ControlStoreError) -> ControlState {
        let state = try read()
        // Better known at the start than at the first change.
        try write(state)
        self.state = state
        return state
    }

    public func keep(
        _ change: ControlChange,
        for scope: ControlScope,
        _ limits: ControlLimits
    ) async throws(ControlStoreError) {
        var next = if let state { state } else { try read() }
        next.take(change, limits)
        try write(next)
        state = next
    }

    /// The file was written at the start, so one that is not there any more tells that its place is gone.
    public func check() throws(ControlStoreError) {
        guard state == nil || Files.exists(name) else {
            throw ControlStoreError(.unavailable, "\(name) is gone")
        }
    }

    private func read() throws(ControlStoreError) -> ControlState {
        guard Files.exists(name) else { return ControlState() }
        let bytes: [UInt8]
        do {
            bytes = try Files.read(name, limit: Self.maximumBytes)
        } catch {
            throw ControlStoreError(.refused, "\(error)")
        }
        do {
            return try ControlState(parsing: bytes)
        } catch {
            throw ControlStoreError(error.kind, "\(name): \(error)")
        }
    }

    private func write(_ state: ControlState) throws(ControlStoreError) {
        do {
            try Files.replace(name, contents: state.encoded())
        } catch {
            throw ControlStoreError(.unavailable, "\(error)")
        }
    }
}
