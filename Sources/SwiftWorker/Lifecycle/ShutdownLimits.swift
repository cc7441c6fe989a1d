/// How long each step of a shutdown may take when the broker does not answer: the process must end all the same.
struct ShutdownLimits: Sendable, Hashable {
    /// How long the shutdown waits until the broker has ended the consumers. What has not started goes back when it has.
    var stopConsuming: Duration = .milliseconds(700)
    /// Until results under way are stored, beyond the time that a publish has, and from the last hook's end on.
    var storing: Duration = .seconds(5)
    /// Until a connection is closed.
    var closing: Duration = .seconds(5)
}
