import Glibc

/// What the process knows about itself and its machine.
public enum ThisProcess {
    public static var identifier: Int32 { getpid() }

    /// The number of the user that the process runs as.
    public static var userIdentifier: UInt32 { geteuid() }

    /// The machine's name, as the kernel has it.
    public static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        return text(name)
    }

    /// The kernel and machine, for example `Linux-6.1.0-x86_64`.
    public static var platform: String {
        var names = utsname()
        guard uname(&names) == 0 else { return "Linux" }
        func field<Value>(_ value: Value) -> String {
            withUnsafeBytes(of: value) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        return "\(field(names.sysname))-\(field(names.release))-\(field(names.machine))"
    }

    /// The environment's variables; of a name given twice, the first.
    public static var environment: [String: String] {
        var result: [String: String] = [:]
        var entry = environ
        while let pointer = entry.pointee {
            let text = String(cString: pointer)
            if let equal = text.firstIndex(of: "=") {
                let name = String(text[..<equal])
                if result[name] == nil { result[name] = String(text[text.index(after: equal)...]) }
            }
            entry += 1
        }
        return result
    }

    /// Removes a variable, so that programs started later don't see it. Only before there are threads.
    public static func removeVariable(_ name: String) { unsetenv(name) }

    /// The CPUs that are online, and at least one.
    public static var onlineCPUs: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// The CPUs that this process may use, by its affinity and its control groups; at least one.
    public static var usableCPUs: Int { min(affineCPUs, CPULimit.ofThisProcess ?? .max) }

    private static var affineCPUs: Int {
        guard let bytes = try? Files.read("/proc/self/status", limit: 65_536) else { return onlineCPUs }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard let mask = lines.first(where: { $0.hasPrefix("Cpus_allowed:") }) else { return onlineCPUs }
        let count = mask.dropFirst(13).reduce(0) { $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0) }
        return count > 0 ? min(count, onlineCPUs) : onlineCPUs
    }

    /// The folder that relative paths start from.
    public static var workingDirectory: String {
        guard let pointer = getcwd(nil, 0) else { return "." }
        defer { free(pointer) }
        return String(cString: pointer)
    }

    /// Changes the folder that relative paths start from.
    ///
    /// - Throws: `PlatformError`.
    public static func changeDirectory(_ path: String) throws(PlatformError) {
        guard chdir(path) == 0 else { throw PlatformError("chdir \(path)") }
    }

    /// Sets which permissions new files lack.
    public static func setFileModeMask(_ mask: UInt32) { umask(mask) }

    /// Whether a process of this id lives; one of another user does.
    public static func exists(_ identifier: Int32) -> Bool {
        identifier > 0 && (kill(identifier, 0) == 0 || errno == EPERM)
    }

    /// Ends the process.
    public static func exit(_ code: Int32) -> Never { Glibc.exit(code) }

    /// Lets a write to a closed pipe fail instead of ending the process.
    public static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
