// SwiftWorkerTesting
