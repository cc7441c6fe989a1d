import PoolTasks
import SwiftWorker
import WorkerCommands

/// The worker of the interop tests: each task is the twin of one in Tests/InteropTests/Python/tasks.py.
@main
struct TestWorker: WorkerProgram {
    var tasks: TaskRegistry {
        // Calls
        Add()
        Concat()
        Camel()
        NoArguments()
        Echo()
        // Values
        Moment()
        AsUTC()
        Day()
        Clock()
        Money()
        Identity()
        Blob()
        Made()
        EditClip()
        // Sizes and shapes
        Big()
        Digest()
        ReturnNothing()
        Nested()
        HugeInteger()
        NotNumbers()
        // Failures
        Fail()
        ExpectedFailure()
        SwiftError()
        // Options
        Quiet()
        QuietFailure()
        LoudFailure()
        Recall()
        Tracked()
        TrackedFailure()
        Limited()
        Late()
        LateFailure()
        Slow()
        SlowAsync()
        Progress()
        RequestInfo()
        // Events
        Announce()
        Silent()
        // Retries
        RetryPlain()
        RetryCountdown()
        RetryAt()
        RetryAtIn()
        RetryBecause()
        RetryBecauseCaught()
        RetryOtherArguments()
        RetryOtherPositional()
        RetryOtherKeywords()
        RetryOptions()
        RetryExhausted()
        RetryExhaustedBecause()
        RetryToTheEnd()
        RetryInTheEnd()
        RetryUnlimited()
        RetryMoreThanItsLimit()
        RetryAutomatic()
        RetryAutomaticToTheEnd()
        RetryWithBackoff()
        RetryArgumentsThatDoNotFit()
        RetryIgnored()
        RetryIgnoredButTold()
        RetryTracked()
        RetryAfterProgress()
        // Speed, chaos
        BenchmarkAdd()
        BenchmarkWait()
        Ledger()
        Exclusive()
        Tenant()
        Flaky()
        Fickle()
        Find()
        // Pools
        PoolTasks.all
    }
}
