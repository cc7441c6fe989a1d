import Glibc

/// This executable once more, in the background.
///
/// It is a fresh process (`posix_spawn`), never a fork: the threads of this one would not be there.
public struct BackgroundProcess {
    public let identifier: Int32
    /// What the child writes before it closes its end.
    private let status: Int32

    /// The child's descriptor for its report.
    public static let statusDescriptor: Int32 = 3

    /// Starts `/proc/self/exe` in a session of its own, its standard files on `/dev/null`, all signals at their
    /// defaults.
    ///
    /// - Throws: `PlatformError`.
    public init(arguments: [String], environment: [String: String]) throws(PlatformError) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw PlatformError("pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { Glibc.close(ends[1]) }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], Self.statusDescriptor)
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        // Whoever started this process may wait for the end of a pipe that it passed on.
        for descriptor in openDescriptors() where descriptor > Self.statusDescriptor {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        let setSession: Int32 = 0x80
        posix_spawnattr_setflags(
            &attributes,
            Int16(Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF) | setSession)
        )

        var identifier: pid_t = 0
        let variables = environment.map { "\($0.key)=\($0.value)" }
        let result = withStrings(arguments) { argv in
            withStrings(variables) { envp in
                posix_spawn(&identifier, "/proc/self/exe", &actions, &attributes, argv, envp)
            }
        }
        guard result == 0 else {
            Glibc.close(ends[0])
            throw PlatformError("start /proc/self/exe", errno: result)
        }
        self.identifier = identifier
        self.status = ends[0]
    }

    /// Waits for the child's report: all that it writes until it closes the descriptor or ends.
    public func report() -> String {
        defer { Glibc.close(status) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while bytes.count < 1 << 20 {
            let count = read(status, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Waits for the child's end, and gives its exit code; 128 plus the signal for one that was killed.
    public func waitForExit() -> Int32 {
        var status: Int32 = 0
        while waitpid(identifier, &status, 0) < 0 {
            guard errno == EINTR else { return 1 }
        }
        let signal = status & 0x7f
        return signal == 0 ? (status >> 8) & 0xff : 128 + signal
    }
}

/// What this process has open.
func openDescriptors() -> [Int32] { Files.names(in: "/proc/self/fd").compactMap { Int32($0) } }

/// Lends C an array of strings that ends with a null pointer.
func withStrings<Result>(
    _ strings: [String],
    _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeBufferPointer { buffer in
        // The array holds at least the null pointer, so it has an address.
        buffer.baseAddress.map(body) ?? body(UnsafePointer(bitPattern: 0x10).unsafelyUnwrapped)
    }
}
