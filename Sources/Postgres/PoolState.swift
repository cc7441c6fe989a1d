/// Who has which connection, without I/O.
struct PoolState<Connection> {
    /// What somebody who wants a connection must do.
    enum Acquisition {
        case use(Connection)
        case open
        case wait
        case closed
    }

    /// What to do with a connection, or a permission to open one, that is given back.
    enum Return {
        /// Hand it to this waiter.
        case hand(waiter: Int, Grant)
        case keep
        /// Close the connection, if there is one.
        case discard
    }

    enum Grant {
        case use(Connection)
        case open
    }

    let limit: Int
    private var idle: [Connection] = []
    /// Those lent, those idle and those being opened.
    private(set) var count = 0
    private var waiters: [Int] = []
    private(set) var isClosed = false

    init(limit: Int) {
        self.limit = max(1, limit)
    }

    /// - Parameter waiter: An id that is put in line when nothing is free.
    mutating func acquire(waiter: Int) -> Acquisition {
        guard !isClosed else { return .closed }
        // The one used last is the least likely to have been closed by a firewall.
        if let connection = idle.popLast() { return .use(connection) }
        guard count >= limit else {
            count += 1
            return .open
        }
        waiters.append(waiter)
        return .wait
    }

    /// Takes a connection back; `nil` when it is gone or never came about.
    mutating func giveBack(_ connection: Connection?) -> Return {
        if let connection, !isClosed {
            guard let waiter = popWaiter() else {
                idle.append(connection)
                return .keep
            }
            return .hand(waiter: waiter, .use(connection))
        }
        guard !isClosed, let waiter = popWaiter() else {
            count -= 1
            return .discard
        }
        return .hand(waiter: waiter, .open)
    }

    /// Takes somebody out of the line. Returns whether they still stood in it.
    mutating func abandon(waiter: Int) -> Bool {
        guard let index = waiters.firstIndex(of: waiter) else { return false }
        waiters.remove(at: index)
        return true
    }

    /// Hands out nothing any more. Returns who waited.
    mutating func close() -> [Int] {
        isClosed = true
        count -= idle.count
        idle = []
        defer { waiters = [] }
        return waiters
    }

    private mutating func popWaiter() -> Int? {
        waiters.isEmpty ? nil : waiters.removeFirst()
    }
}
