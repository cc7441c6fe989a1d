import Glibc
public import SwiftWorker

/// Crashes as Swift does: an index out of range.
public struct Trap: WorkerTask {
    public static let name = "pool.trap"
    public struct Arguments: Decodable {}

    public init() {}

    public func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Int {
        print("before the trap")
        let numbers = [Int](repeating: 1, count: Int(getpid()) & 1)
        return numbers[numbers.count + 7]
    }
}

/// Ends its process.
public struct Exit: WorkerTask {
    public static let name = "pool.exit"
    public struct Arguments: Decodable { var code: Int32 }

    public init() {}

    public func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Nothing { exit(arguments.code) }
}

/// Takes memory, megabyte by megabyte, and keeps it until it may pass the gate.
public struct Eat: WorkerTask {
    public static let name = "pool.eat"
    public struct Arguments: Decodable {
        var folder: String
        var megabytes: Int
        var waits: Bool
    }

    public init() {}

    public func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Int {
        // Sooner or later given back, but not to the system: small pieces stay in the heap.
        var pieces: [[UInt8]] = []
        for _ in 0..<(arguments.megabytes * 64) { pieces.append([UInt8](repeating: 1, count: 16 << 10)) }
        let gate = Gate(folder: arguments.folder)
        gate.enter(context.request.id)
        if arguments.waits { gate.wait() }
        return pieces.count
    }
}

/// Starts programs that live on: in its process group, in one of their own and in a session of their own. Then it
/// waits, deaf to all.
public struct Grandchildren: WorkerTask {
    public static let name = "pool.grandchildren"
    public struct Arguments: Decodable { var folder: String }

    public init() {}

    public func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Nothing {
        let gate = Gate(folder: arguments.folder)
        let setSession: Int32 = 0x80
        for flags in [0, Int32(POSIX_SPAWN_SETPGROUP), setSession] { gate.noteGrandchild(try start(flags)) }
        gate.enter(context.request.id)
        gate.wait()
        return Nothing()
    }

    private func start(_ flags: Int32) throws -> Int32 {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(flags))
        var process: pid_t = 0
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("1000"), nil]
        defer { for argument in arguments { free(argument) } }
        let error = posix_spawnp(&process, "sleep", nil, &attributes, &arguments, environ)
        guard error == 0 else { throw Throw.Failure(description: "no sleep: \(error)") }
        return process
    }
}

/// Closes all descriptors, also those by which it is heard.
public struct CloseDescriptors: WorkerTask {
    public static let name = "pool.close"
    public struct Arguments: Decodable { var folder: String }

    public init() {}

    public func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Nothing {
        for descriptor in 0..<1024 { close(Int32(descriptor)) }
        Gate(folder: arguments.folder).wait()
        return Nothing()
    }
}

/// Prints so many bytes, a line of 80 at a time.
public struct PrintBytes: WorkerTask {
    public static let name = "pool.print_bytes"
    public struct Arguments: Decodable { var count: Int }

    public init() {}

    public func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Int {
        let piece = Array(String(repeating: String(repeating: "x", count: 79) + "\n", count: 100).utf8)
        var written = 0
        while written < arguments.count {
            let count = write(STDOUT_FILENO, piece, min(piece.count, arguments.count - written))
            guard count > 0 else { throw Throw.Failure(description: "errno \(errno)") }
            written += count
        }
        return written
    }
}

/// Stops its process, as Ctrl+Z does.
public struct Stop: WorkerTask {
    public static let name = "pool.stop"
    public struct Arguments: Decodable {}

    public init() {}

    public func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Nothing {
        // Another thread may get the signal first: this one waits for its effect.
        while true {
            kill(getpid(), SIGSTOP)
            sleep(3600)
        }
    }
}
