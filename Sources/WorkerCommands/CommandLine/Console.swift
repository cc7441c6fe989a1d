import Platform

/// The two places that a command prints to.
struct Console: Sendable {
    var output: Int32 = FileDescriptor.standardOutput
    var error: Int32 = FileDescriptor.standardError

    func print(_ text: String) { FileDescriptor.write(Array((text + "\n").utf8), to: output) }

    func complain(_ text: String) { FileDescriptor.write(Array((text + "\n").utf8), to: error) }
}
