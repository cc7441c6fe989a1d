import Foundation
import Glibc

/// The value of an environment variable; `nil` when missing or empty.
func environment(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
}

/// The environment of a program that a test starts: its own variables, and what a sanitizer is to leave out there as well.
func programEnvironment(_ variables: [String: String]) -> [String: String] {
    let names = ["ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "SWIFT_BACKTRACE"]
    return ProcessInfo.processInfo.environment.filter { names.contains($0.key) }.merging(variables) { $1 }
}
