import Foundation
import Glibc

/// The value of an environment variable; `nil` when missing or empty.
func environment(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
}
