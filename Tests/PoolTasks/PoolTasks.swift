public import SwiftWorker

/// The tasks by which pools are tested. Test executables register them, so that they run in child processes too.
public enum PoolTasks {
    public static let all: [any WorkerTask] = [
        Quick(), Gated(), Spin(), Echo(), Throw(), Refuse(), Log(), PrintLines(), ReportProgress(), Publish(),
        Trap(), Exit(), Eat(), Grandchildren(), CloseDescriptors(), PrintBytes(), Stop(), Fill(), Measure(),
        TryAgain(),
    ]
}
