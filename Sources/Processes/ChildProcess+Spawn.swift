import CLinux
import Glibc

extension ChildProcess {
    /// Calls `posix_spawn` with C copies of the command's texts.
    static func spawn(_ command: Command, _ descriptors: [Int32]) -> (id: pid_t, error: Int32) {
        let environment = command.environment.map { $0.map { "\($0.key)=\($0.value)" } }
        var id: pid_t = 0
        let error = withCStrings([command.executable] + command.arguments) { arguments in
            withOptionalCStrings(environment) { variables in
                withOptionalCString(command.workingDirectory) { directory in
                    clinux_spawn(
                        command.executable,
                        arguments,
                        variables ?? environ,
                        directory,
                        descriptors,
                        Int32(descriptors.count),
                        &id
                    )
                }
            }
        }
        return (id, error)
    }

    private typealias Vector = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

    private static func withCStrings<R>(_ texts: [String], _ body: (Vector?) -> R) -> R {
        var pointers: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
        pointers.append(nil)
        defer { pointers.forEach { free($0) } }
        return pointers.withUnsafeMutableBufferPointer { body($0.baseAddress) }
    }

    private static func withOptionalCStrings<R>(_ texts: [String]?, _ body: (Vector?) -> R) -> R {
        guard let texts else { return body(nil) }
        return withCStrings(texts, body)
    }

    private static func withOptionalCString<R>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> R) -> R {
        guard let text else { return body(nil) }
        return text.withCString { body($0) }
    }
}
