/// Waits for work, but not longer than `limit`. Work that takes longer goes on, and nobody waits for it.
///
/// It is no child task: a child would be waited for whatever the limit.
///
/// - Returns: whether it was done in time.
func within(_ limit: Duration, _ work: @escaping @Sendable () async -> Void) async -> Bool {
    let (results, sender) = AsyncStream.makeStream(of: Bool.self)
    Task {
        await work()
        sender.yield(true)
    }
    let waiting = Task {
        do { try await Task.sleep(for: limit) } catch { return }
        sender.yield(false)
    }
    defer { waiting.cancel() }
    return await results.first { _ in true } ?? false
}
