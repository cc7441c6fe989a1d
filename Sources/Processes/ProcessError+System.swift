import CLinux

extension ProcessError {
    static func text(of errno: Int32) -> String {
        guard let text = clinux_error_text(errno) else { return "errno \(errno)" }
        return String(cString: text)
    }

    static func system(_ message: String, _ errno: Int32) -> ProcessError {
        ProcessError(.systemFailure, message, errno: errno)
    }
}
