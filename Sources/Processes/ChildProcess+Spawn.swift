import CLinux
import Glibc

extension ChildProcess {
    /// Calls `clinux_spawn` with C copies of the command's texts.
    static func spawn(
        _ command: Command,
        _ descriptors: [Int32],
        _ isolation: Isolation
    ) -> (id: pid_t, exitDescriptor: Int32, error: Int32) {
        var id: pid_t = 0
        var exitDescriptor: Int32 = -1
        let error = withCStrings([command.name ?? command.executable] + command.arguments) { arguments in
            withCStrings(environment(of: command)) { variables in
                withOptionalCString(command.workingDirectory) { directory in
                    command.executable.withCString { path in
                        descriptors.withUnsafeBufferPointer { descriptors in
                            var program = clinux_program(
                                path: path,
                                arguments: arguments,
                                environment: variables,
                                directory: directory,
                                descriptors: descriptors.baseAddress,
                                descriptor_count: Int32(descriptors.count),
                                new_session: isolation == .session ? 1 : 0,
                                dies_with_thread: 1
                            )
                            return clinux_spawn(&program, &id, &exitDescriptor)
                        }
                    }
                }
            }
        }
        return (id, exitDescriptor, error)
    }

    private static func environment(of command: Command) -> [String] {
        let base = command.environment.map { $0.map { "\($0.key)=\($0.value)" } } ?? inheritedEnvironment()
        let kept = base.filter { entry in !command.variables.keys.contains { entry.hasPrefix("\($0)=") } }
        let missing = command.defaults.filter { name, _ in
            command.variables[name] == nil && !base.contains { $0.hasPrefix("\(name)=") }
        }
        return kept + (Array(command.variables) + Array(missing)).map { "\($0.key)=\($0.value)" }
    }

    private static func inheritedEnvironment() -> [String] {
        var entries: [String] = []
        var entry = environ
        while let pointer = entry.pointee {
            entries.append(String(cString: pointer))
            entry += 1
        }
        return entries
    }

    private typealias Vector = UnsafePointer<UnsafeMutablePointer<CChar>?>

    private static func withCStrings<R>(_ texts: [String], _ body: (Vector?) -> R) -> R {
        var pointers: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
        pointers.append(nil)
        defer { pointers.forEach { free($0) } }
        return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
    }

    private static func withOptionalCString<R>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> R) -> R {
        guard let text else { return body(nil) }
        return text.withCString { body($0) }
    }
}
