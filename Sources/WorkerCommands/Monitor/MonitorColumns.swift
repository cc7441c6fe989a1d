/// How wide the columns of the task list are.
struct MonitorColumns {
    private let id: Int
    private let worker: Int
    private let task: Int

    private static let time = 8
    private static let state = 9

    /// Names get the room that is left; ids lose theirs first on a narrow terminal.
    init(width: Int) {
        let room = max(0, width - Self.time - Self.state - 4)
        id = max(8, min(36, room - 48))
        let names = max(0, room - id)
        worker = max(6, names * 2 / 5)
        task = max(6, names - worker)
    }

    func row(_ id: String, _ worker: String, _ task: String, _ time: String, _ state: String) -> String {
        [
            TextWidth.fit(id, self.id), TextWidth.fit(worker, self.worker),
            // A name's end says more than its beginning.
            TextWidth.of(task) > self.task
                ? "…" + String(task.suffix(max(0, self.task - 1))) : TextWidth.fit(task, self.task),
            String(repeating: " ", count: max(0, Self.time - time.count)) + time, state,
        ].joined(separator: " ")
    }
}
