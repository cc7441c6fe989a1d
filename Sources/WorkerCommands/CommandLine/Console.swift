import Platform

/// The two places that a command prints to.
struct Console: Sendable {
    var output: Int32 = FileDescriptor.standardOutput
    var error: Int32 = FileDescriptor.standardError

    func print(_ text: String) { FileDescriptor.write(Array((text + "\n").utf8), to: output) }

    /// Prints without a line's end, before somebody answers.
    func prompt(_ text: String) { FileDescriptor.write(Array(text.utf8), to: output) }

    func complain(_ text: String) { FileDescriptor.write(Array((text + "\n").utf8), to: error) }
}
