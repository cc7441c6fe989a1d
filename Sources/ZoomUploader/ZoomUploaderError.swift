public import CeleryProtocol

/// Why a task of the application failed.
public struct ZoomUploaderError: Error, Sendable, CustomStringConvertible {
    /// The kind of error.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String, Sendable { case invalid, media, configuration }
        private let value: Value

        /// An argument, a row or a setting is unusable; Python raises ValueError.
        public static var invalid: Code { Code(value: .invalid) }
        /// ffmpeg or ffprobe failed; Python raises RuntimeError.
        public static var media: Code { Code(value: .media) }
        /// The worker lacks a setting, for example the database's; Python raises RuntimeError.
        public static var configuration: Code { Code(value: .configuration) }

        public var description: String { value.rawValue }
    }

    public let code: Code
    /// Short and stable: the application shows it to its users.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    static func invalid(_ message: String) -> ZoomUploaderError { ZoomUploaderError(.invalid, message) }
    static func media(_ message: String) -> ZoomUploaderError { ZoomUploaderError(.media, message) }

    public var description: String { message }
}

extension ZoomUploaderError: PythonExceptionConvertible {
    public var pythonException: PythonException {
        code == .invalid ? .valueError(message) : .runtimeError(message)
    }
}
