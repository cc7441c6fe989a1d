/// A signal that `stop` and `restart` can send.
struct StopSignal: Sendable, Hashable, CustomStringConvertible {
    let number: Int32
    let description: String

    static let terminate = StopSignal(number: 15, description: "TERM")
    static let quit = StopSignal(number: 3, description: "QUIT")
    static let kill = StopSignal(number: 9, description: "KILL")

    private static let names: [String: Int32] = [
        "HUP": 1, "INT": 2, "QUIT": 3, "ABRT": 6, "KILL": 9, "USR1": 10, "USR2": 12, "ALRM": 14, "TERM": 15,
        "CONT": 18, "STOP": 19, "TSTP": 20,
    ]

    private init(number: Int32, description: String) {
        self.number = number
        self.description = description
    }

    /// Reads `-9`, `-KILL` or `-SIGKILL`; `nil` for another option.
    init?(option: String) {
        let text = option.dropFirst()
        if let number = Int32(text), (1...64).contains(number) {
            self.init(number: number, description: Self.names.first { $0.value == number }?.key ?? "\(number)")
            return
        }
        let name = String(text.hasPrefix("SIG") ? text.dropFirst(3) : text)
        guard let number = Self.names[name] else { return nil }
        self.init(number: number, description: name)
    }
}
