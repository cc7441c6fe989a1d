import CeleryProtocol
import Platform

/// Which process a node's pid file speaks of.
///
/// A pid file outlives its process, and the number may be another program's by now: what is signalled is a process
/// whose own command line names the node, or its pid file.
enum NodeProcess {
    /// No file.
    case none
    /// The node's worker.
    case running(OtherProcess)
    /// The file is left from a process that is gone; the text says what it holds.
    case stale(String)
    /// Not to be touched; the text says what it has.
    case other(String)

    static func find(_ node: MultiNode, executable: String, hostName: String) -> NodeProcess {
        guard Files.exists(node.pidFile) else { return .none }
        guard Files.isReadable(node.pidFile) else { return .other("what this user may not read") }
        guard let identifier = PIDFile.owner(node.pidFile) else { return .stale("no process id") }
        guard let process = OtherProcess(identifier) else {
            // `/proc` may hide the processes of other users.
            let isHidden = ThisProcess.exists(identifier) && !Files.exists("/proc/\(identifier)")
            return isHidden
                ? .other("pid \(identifier), which this user may not see") : .stale("pid \(identifier), which is gone")
        }
        let arguments = process.arguments
        let folder = process.workingDirectory ?? ThisProcess.workingDirectory
        if names(node, arguments, hostName: hostName, folder: folder) { return .running(process) }
        let program = arguments.first ?? ""
        guard CommandLineTool.name(ofExecutable: program) == CommandLineTool.name(ofExecutable: executable) else {
            // One that has just ended shows no command line.
            return .stale("pid \(identifier), which is \(program.isEmpty ? "gone" : "'\(program)' now")")
        }
        // Two nodes with one pid file.
        let other = value(of: ["-n", "--hostname"], in: arguments) ?? "celery"
        return .other("pid \(identifier), the worker '\(other)'")
    }

    /// Whether a worker's command line names the node; without a name in it, its pid file decides.
    static func names(_ node: MultiNode, _ arguments: [String], hostName: String, folder: String) -> Bool {
        if let option = value(of: ["-n", "--hostname"], in: arguments) {
            return (try? NodeName(option: option, hostname: hostName)) == node.name
        }
        guard let option = value(of: ["--pidfile"], in: arguments), let path = try? node.name.expand(option) else {
            return false
        }
        let workdir = value(of: ["--workdir"], in: arguments)
        return MultiNode.join(folder, MultiNode.join(workdir, path))
            == MultiNode.join(ThisProcess.workingDirectory, node.pidFile)
    }

    /// The last value of an option on a command line.
    private static func value(of names: [String], in arguments: [String]) -> String? {
        var found: String?
        for (index, argument) in arguments.enumerated() {
            for name in names {
                if argument == name, index + 1 < arguments.count {
                    found = arguments[index + 1]
                } else if name.hasPrefix("--"), argument.hasPrefix(name + "=") {
                    found = String(argument.dropFirst(name.count + 1))
                } else if !name.hasPrefix("--"), argument.hasPrefix(name), argument.count > 2 {
                    found = String(argument.dropFirst(2))
                }
            }
        }
        return found
    }
}
