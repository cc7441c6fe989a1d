import SwiftWorker

/// The task of `make bench`; Python's twin is in Benchmarks/app/bench_app.py.
struct BenchmarkAdd: WorkerTask {
    static let name = "tasks.add"
    struct Arguments: Decodable {
        var x: Int
        var y: Int
    }

    func run(_ arguments: Arguments, _ context: TaskContext) -> Int { arguments.x + arguments.y }
}
