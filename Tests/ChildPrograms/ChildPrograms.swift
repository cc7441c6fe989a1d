public import Foundation
import Glibc

/// Foundation takes a program for running as long as anybody has the socket by which it watches the program's end, and a
/// program that is started at the same moment would inherit it.
private let starting = NSLock()

extension Process {
    /// Starts the program with no signal blocked: the threads of tests block nearly all, and a child inherits that. A
    /// broker or a Python worker would then not hear SIGTERM. One program is started at a time.
    public func runUnblocked() throws {
        var (none, before) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        try starting.withLock {
            pthread_sigmask(SIG_SETMASK, &none, &before)
            defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
            try run()
        }
    }
}

/// The environment of a program that a test starts: its own variables, and what a sanitizer is to leave out there as well.
public func programEnvironment(_ variables: [String: String]) -> [String: String] {
    let names = ["ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "SWIFT_BACKTRACE"]
    return ProcessInfo.processInfo.environment.filter { names.contains($0.key) }.merging(variables) { $1 }
}
