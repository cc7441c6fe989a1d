import SwiftWorker
import WorkerCommands

/// The worker that stands in for Celery's in Celery's own integration tests: each task is the twin of one in their module.
@main
struct ConformanceWorker: WorkerProgram {
    var tasks: TaskRegistry {
        // Sums
        Add()
        AddNotTyped()
        AddIgnoringResult()
        AddWithResult()
        AddPydantic()
        AddPydanticByText()
        // What else becomes of tasks
        Sleeping()
        PrintUnicode()
        Fail()
        FailUnpickleable()
        RejectForGood()
        RejectThenSucceed()
        // Retries
        RetryUntil()
        RetryUnpickleable()
        RetryWithArgsAfterKwargs()
        RetryWithKwargsAfterArgs()
        RetryOnce()
        RetryOncePriority()
        RetryOnceHeaders()
        RetryOnceIgnoringResult()
        RetryOnceWithResult()
        RetryByItself()
        // What a task knows of its message
        ReturnProperties()
        ReturnTimeLimits()
        ReturnDeclaredTimeLimits()
        RecordReplacedTaskNesting()
    }
}

/// The module that the tests' own tasks are in.
let module = "t.integration.tasks"
