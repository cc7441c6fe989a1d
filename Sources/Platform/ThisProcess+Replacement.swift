import Glibc

extension ThisProcess {
    /// Where this program's file is, as it was called: a link stays a link, so that whoever moves it to another version
    /// is followed. `nil` when the file can't be found any more.
    ///
    /// - Parameter called: the program as its first argument has it; with or without a folder.
    public static func executablePath(called: String) -> String? {
        let candidates: [String]
        if called.contains("/") {
            candidates = [called.hasPrefix("/") ? called : workingDirectory + "/" + called]
        } else {
            candidates = (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(called)" }
        }
        // The first argument may be anything; the kernel knows which file runs.
        if let found = candidates.first(where: { isSameFile($0, "/proc/self/exe") }) { return found }
        return linkTarget("/proc/self/exe").flatMap { Files.exists($0) ? $0 : nil }
    }

    /// Becomes another program, with this one's process id, working directory and standard files. Signals are at their
    /// defaults, but for HUP, which is ignored until the program wants it: a second one must not end it at its start.
    ///
    /// - Parameter descriptors: what stays open beside the standard files; all others are closed.
    /// - Throws: `PlatformError` when that can't be; this program goes on then.
    public static func replace(
        with path: String,
        arguments: [String],
        environment: [String: String],
        keeping descriptors: Set<Int32>
    ) throws(PlatformError) -> Never {
        for descriptor in openDescriptors() where descriptor > 2 && !descriptors.contains(descriptor) {
            FileDescriptor.closeOnExec(descriptor)
        }
        var none = sigset_t()
        sigemptyset(&none)
        signal(SIGHUP, SIG_IGN)
        // Threads of Swift's pool block nearly all signals, and the new program would inherit that.
        pthread_sigmask(SIG_SETMASK, &none, nil)
        let variables = environment.map { "\($0.key)=\($0.value)" }
        withStrings(arguments) { argv in
            withStrings(variables) { envp in
                _ = execve(path, argv, envp)
            }
        }
        throw PlatformError("start \(path)")
    }

    /// Ends the process at once: nothing is written or tidied up any more.
    public static func exitAtOnce(_ code: Int32) -> Never { _exit(code) }

    private static func isSameFile(_ one: String, _ other: String) -> Bool {
        var (first, second) = (stat(), stat())
        guard stat(one, &first) == 0, stat(other, &second) == 0 else { return false }
        return first.st_dev == second.st_dev && first.st_ino == second.st_ino
    }

    private static func linkTarget(_ path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 4097)
        let count = readlink(path, &buffer, buffer.count - 1)
        guard count > 0 else { return nil }
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
