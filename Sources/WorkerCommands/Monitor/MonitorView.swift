import OrderedCollections

/// What of the state is looked at: which task is chosen, what lies over the list.
struct MonitorView {
    /// Which tasks are listed.
    enum Filter: String, CaseIterable {
        case all, open, trouble

        func takes(_ task: MonitorTask) -> Bool {
            switch self {
            case .all: true
            case .open: task.isOpen
            case .trouble: task.isTrouble
            }
        }

        var next: Filter {
            switch self {
            case .all: .open
            case .open: .trouble
            case .trouble: .all
            }
        }
    }

    /// What lies over the list.
    enum Page: Hashable {
        case info(String), result(String), traceback(String)
        /// Asks whether a task is to be revoked.
        case revoke(String)
        case workers, help
        /// What workers have answered.
        case replies(title: String, lines: [ScreenLine])
    }

    /// What is to be done for the one who pressed a key.
    enum Wish: Hashable {
        case quit
        case revoke(String, terminates: Bool)
        case enableEvents
    }

    private(set) var filter = Filter.all
    /// The id of the chosen task; `nil` is the first, whichever that is.
    private(set) var chosen: String?
    var page: Page?
    /// How many lines of the page are above its top.
    private(set) var scrolled = 0
    /// The last thing that there was to say.
    var note: String?
    /// The connection to the broker, if it is not as it should be.
    var trouble: String?

    /// The tasks that are listed, the newest first.
    func listed(_ state: MonitorState) -> [MonitorTask] { state.tasks.newestFirst.filter(filter.takes) }

    /// - Parameter rows: how many lines the list or a page has.
    mutating func press(_ key: Key, _ state: MonitorState, rows: Int) -> Wish? {
        note = nil
        if let page { return press(key, on: page, rows) }
        switch key {
        case .character("q"), .character("Q"), .escape: return .quit
        case .character("j"), .character("J"), .down: move(1, state)
        case .character("k"), .character("K"), .up: move(-1, state)
        case .pageDown: move(max(1, rows - 1), state)
        case .pageUp: move(-max(1, rows - 1), state)
        case .home, .character("g"): chosen = nil
        case .end, .character("G"): chosen = listed(state).last?.id
        case .character("f"), .character("F"): filter = filter.next
        case .character("l"), .character("L"): open(.workers)
        case .character("?"), .character("h"), .character("H"): open(.help)
        case .character("e"), .character("E"): return .enableEvents
        default: press(key, onTask: task(state))
        }
        return nil
    }

    /// The task that keys are about.
    func task(_ state: MonitorState) -> MonitorTask? {
        chosen.flatMap { state.tasks[$0] } ?? state.tasks.newestFirst.first(where: filter.takes)
    }

    private mutating func press(_ key: Key, onTask task: MonitorTask?) {
        let known: [Key: (String) -> Page] = [
            .character("i"): Page.info, .enter: Page.info, .character("r"): Page.result,
            .character("t"): Page.traceback, .character("c"): Page.revoke,
        ]
        let lower: Key =
            if case .character(let letter) = key { .character(Character(letter.lowercased())) } else { key }
        guard let page = known[lower] else { return }
        guard let task else { return note = "There is no task yet." }
        chosen = task.id
        switch lower {
        case .character("t") where task.traceback == nil: note = "The task has no traceback."
        case .character("c") where !task.isOpen: note = "The task has ended: it can't be revoked any more."
        default: open(page(task.id))
        }
    }

    private mutating func press(_ key: Key, on page: Page, _ rows: Int) -> Wish? {
        switch key {
        case .down, .character("j"): scrolled += 1
        case .up, .character("k"): scrolled = max(0, scrolled - 1)
        case .pageDown: scrolled += max(1, rows - 1)
        case .pageUp: scrolled = max(0, scrolled - max(1, rows - 1))
        default:
            self.page = nil
            guard case .revoke(let id) = page else { return nil }
            switch key {
            case .character("y"), .character("Y"): return .revoke(id, terminates: false)
            case .character("T"): return .revoke(id, terminates: true)
            default: note = "Not revoked."
            }
        }
        return nil
    }

    mutating func open(_ page: Page) {
        self.page = page
        scrolled = 0
    }

    private mutating func move(_ steps: Int, _ state: MonitorState) {
        let tasks = listed(state)
        guard !tasks.isEmpty else { return }
        let index = chosen.flatMap { id in tasks.firstIndex { $0.id == id } } ?? 0
        chosen = tasks[max(0, min(tasks.count - 1, index + steps))].id
    }
}
