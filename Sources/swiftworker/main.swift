import SwiftWorker
import WorkerCommands

/// The stock worker.
struct StockWorker: WorkerProgram {
    var tasks: TaskRegistry { TaskRegistry() }
}

await StockWorker.main()
