/// Why a worker did not start, and with which exit code.
struct StartError: Error, CustomStringConvertible {
    let description: String
    let exitCode: Int32

    init(_ description: String, exitCode: Int32 = ProcessExit.usage) {
        self.description = description
        self.exitCode = exitCode
    }
}
