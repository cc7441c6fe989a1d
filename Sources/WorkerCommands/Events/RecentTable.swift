/// Values by id, the newest so many: a new one takes the place of the oldest.
struct RecentTable<Value> {
    let capacity: Int
    /// The place of each id among all that were ever put in.
    private var places: [String: Int] = [:]
    /// A ring: the entry of a place is at its remainder by the capacity.
    private var entries: [(id: String, value: Value)] = []
    /// How many were ever put in.
    private(set) var total = 0

    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    var count: Int { entries.count }

    /// How many had to go.
    var dropped: Int { total - entries.count }

    subscript(id: String) -> Value? { places[id].map { entries[$0 % capacity].value } }

    /// Changes the value of an id, which is put in first if it is not there.
    mutating func change(_ id: String, else new: @autoclosure () -> Value, _ body: (inout Value) -> Void) {
        if let place = places[id] { return body(&entries[place % capacity].value) }
        var value = new()
        body(&value)
        let slot = total % capacity
        if slot < entries.count {
            places[entries[slot].id] = nil
            entries[slot] = (id, value)
        } else {
            entries.append((id, value))
        }
        places[id] = total
        total += 1
    }

    /// The values, that of the last new id first.
    var newestFirst: some Sequence<Value> {
        (dropped..<total).reversed().lazy.map { entries[$0 % capacity].value }
    }
}
