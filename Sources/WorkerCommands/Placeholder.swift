// WorkerCommands
