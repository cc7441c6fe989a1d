import Glibc

/// Reads a file or standard input line by line, so that its size does not matter.
public struct LineReader: ~Copyable {
    private let path: String
    private let descriptor: Int32
    private let limit: Int
    private var buffer: [UInt8] = []
    /// Where the next line begins.
    private var start = 0
    private var isAtEnd = false

    /// - Parameters:
    ///   - path: `-` is standard input.
    ///   - limit: the longest line, in bytes.
    /// - Throws: `PlatformError` when the file can't be opened.
    public init(_ path: String, limit: Int) throws(PlatformError) {
        self.path = path
        self.limit = limit
        descriptor = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw PlatformError("open \(path)") }
    }

    deinit {
        if descriptor > 0 { Glibc.close(descriptor) }
    }

    /// The next line without its end; `nil` behind the last.
    ///
    /// - Throws: `PlatformError`; `EFBIG` for a line beyond the limit.
    public mutating func next() throws(PlatformError) -> [UInt8]? {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { start = end + 1 }
                return Array(buffer[start..<end])
            }
            if isAtEnd {
                defer { start = buffer.count }
                return start < buffer.count ? Array(buffer[start...]) : nil
            }
            guard buffer.count - start <= limit else { throw PlatformError("read a line of \(path)", errno: EFBIG) }
            buffer.removeFirst(start)
            start = 0
            searched = buffer.count
            try fill()
        }
    }

    private mutating func fill() throws(PlatformError) {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count >= 0 {
                buffer += chunk[..<count]
                isAtEnd = count == 0
                return
            }
            if errno != EINTR { throw PlatformError("read \(path)") }
        }
    }
}
