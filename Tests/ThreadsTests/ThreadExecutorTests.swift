import Glibc
import Synchronization
import Testing
import Threads

@Suite struct ThreadExecutorTests {
    /// Runs a body on a thread of its own with an executor, and hands out what it returns.
    private func onExecutor<Value: Sendable>(_ operation: @escaping @Sendable () async -> Value) async throws -> Value {
        let (stream, continuation) = AsyncStream.makeStream(of: Value.self)
        try OperatingThread.start(name: "test") {
            continuation.yield(ThreadExecutor().run(started: { _ in }, operation))
            continuation.finish()
        }
        for await value in stream { return value }
        throw CancellationError()
    }

    @Test func runsABodyToItsEndOnOneThread() async throws {
        let threads = try await onExecutor {
            let first = pthread_self()
            try? await Task.sleep(for: .milliseconds(2))
            await Task.yield()
            return first == pthread_self()
        }
        #expect(threads)
    }

    @Test func runsChildTasksOfTheBody() async throws {
        let sum = try await onExecutor {
            await withTaskGroup(of: Int.self) { group in
                for number in 1...10 { group.addTask { number } }
                return await group.reduce(0, +)
            }
        }
        #expect(sum == 55)
    }

    @Test(.timeLimit(.minutes(1))) func isCancelledThroughItsHandle() async throws {
        let (stream, continuation) = AsyncStream.makeStream(of: Bool.self)
        let (handles, handleContinuation) = AsyncStream.makeStream(of: Task<Bool, Never>.self)
        try OperatingThread.start(name: "test") {
            let wasCancelled = ThreadExecutor().run(started: { handleContinuation.yield($0) }) {
                try? await Task.sleep(for: .seconds(3600))
                return Task.isCancelled
            }
            continuation.yield(wasCancelled)
        }
        for await handle in handles {
            handle.cancel()
            break
        }
        for await wasCancelled in stream {
            #expect(wasCancelled)
            break
        }
    }
}

@Suite struct BlockingQueueTests {
    @Test func keepsTheOrder() {
        let queue = BlockingQueue<Int>()
        for number in 0..<100 { queue.append(number) }
        #expect((0..<100).map { _ in queue.next() } == Array(0..<100))
    }

    @Test func givesBackWhatNobodyTookWhenClosed() {
        let queue = BlockingQueue<Int>()
        queue.append(1)
        queue.append(2)
        #expect(queue.close() == [1, 2])
        #expect(queue.next() == nil)
        #expect(!queue.append(3))
    }

    @Test(.timeLimit(.minutes(1))) func oneWakeSpreadsABurstOverAllSleepers() async throws {
        let queue = BlockingQueue<Int>()
        let (stream, continuation) = AsyncStream.makeStream(of: Int.self)
        let gate = BlockingQueue<Void>()
        for _ in 0..<4 {
            try OperatingThread.start(name: "test") {
                guard let element = queue.next() else { return }
                continuation.yield(element)
                // Blocks for good: only another thread can take the next element.
                _ = gate.next()
            }
        }
        for number in 0..<4 { queue.append(number) }
        queue.wake()
        var seen: Set<Int> = []
        for await element in stream {
            seen.insert(element)
            if seen.count == 4 { break }
            queue.wake()
        }
        #expect(seen == [0, 1, 2, 3])
        _ = gate.close()
    }
}
