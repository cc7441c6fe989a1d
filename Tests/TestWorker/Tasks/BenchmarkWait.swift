import Glibc
import SwiftWorker

/// The task of `make bench-scaling` that waits for something, as most tasks do; Python's twin is in
/// Benchmarks/app/bench_app.py.
struct BenchmarkWait: WorkerTask {
    static let name = "tasks.wait"
    struct Arguments: Decodable {
        var seconds: Double
    }

    func run(_ arguments: Arguments, _ context: TaskContext) -> Nothing {
        usleep(UInt32(clamping: Int(arguments.seconds * 1_000_000)))
        return Nothing()
    }
}
