import Glibc

/// A process of this machine, as `/proc` shows it.
///
/// A number is given anew once its process is gone. Together with the start it names one process for ever.
public struct OtherProcess: Sendable, Hashable {
    public let identifier: Int32
    /// When it started, in clock ticks since the machine did.
    private let start: UInt64

    /// Finds a living process; `nil` when there is none, or one that has ended and only waits for its parent.
    public init?(_ identifier: Int32) {
        guard identifier > 0, let start = Self.start(of: identifier) else { return nil }
        self.identifier = identifier
        self.start = start
    }

    /// Whether it still runs.
    public var isAlive: Bool { Self.start(of: identifier) == start }

    /// Its command line; empty for one that has ended.
    public var arguments: [String] {
        guard let bytes = try? Files.read("/proc/\(identifier)/cmdline", limit: 1 << 21), isAlive else { return [] }
        let parts = bytes.split(separator: 0, omittingEmptySubsequences: false)
        return (bytes.last == 0 ? parts.dropLast() : parts).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The folder its relative paths start from; `nil` when it can't be seen.
    public var workingDirectory: String? {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/\(identifier)/cwd", &bytes, bytes.count)
        guard count > 0 else { return nil }
        return String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// When it started, in seconds since 1970, as the machine's clock goes now.
    public var startSecond: Int {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var sinceBoot = timespec()
        clock_gettime(CLOCK_BOOTTIME, &sinceBoot)
        let perSecond = UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))
        return now.tv_sec - sinceBoot.tv_sec + Int(start / perSecond)
    }

    /// Sends it a signal.
    ///
    /// - Returns: whether it was there to get it.
    /// - Throws: `PlatformError` when it belongs to somebody else.
    @discardableResult
    public func send(_ signal: Int32) throws(PlatformError) -> Bool {
        guard isAlive else { return false }
        if kill(identifier, signal) == 0 { return true }
        guard errno == ESRCH else { throw PlatformError("signal process \(identifier)") }
        return false
    }

    /// Field 22 of `stat`; the name before it may hold spaces and parentheses, so fields count from its last one.
    private static func start(of identifier: Int32) -> UInt64? {
        guard let bytes = try? Files.read("/proc/\(identifier)/stat", limit: 4096),
            let end = bytes.lastIndex(of: UInt8(ascii: ")"))
        else { return nil }
        let fields = bytes[bytes.index(after: end)...].split(separator: UInt8(ascii: " "))
        guard fields.count > 19, let state = fields.first?.first, !"ZXx".utf8.contains(state) else { return nil }
        return UInt64(String(decoding: fields[19], as: UTF8.self))
    }
}
