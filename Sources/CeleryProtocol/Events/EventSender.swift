/// Who sends events: what all of them say of it (Celery reference, 6.1 and 6.2).
public struct EventSender: Sendable, Hashable {
    /// The node's name.
    public var node: String
    public var processID: Int32
    /// The program, `sw_ident`; Celery's own workers are `py-celery`.
    public var program: String
    public var version: String
    /// `sw_sys`, for example `Linux`.
    public var system: String

    public init(
        node: String,
        processID: Int32,
        program: String = "swiftworker",
        version: String,
        system: String = "Linux"
    ) {
        self.node = node
        self.processID = processID
        self.program = program
        self.version = version
        self.system = system
    }
}
