import Platform
import SwiftWorker
import WorkerCommands
import ZoomUploader

/// The stock worker: the reference application's tasks, and the command line.
struct StockWorker: WorkerProgram {
    var tasks: TaskRegistry { ZoomUploader.tasks(environment: ThisProcess.environment) }
}

await StockWorker.main()
