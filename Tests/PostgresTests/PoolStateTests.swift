import Testing

@testable import Postgres

@Suite("The pool's decisions")
struct PoolStateTests {
    @Test("Connections are opened up to the limit, then others wait in line")
    func line() {
        var pool = PoolState<String>(limit: 2)
        #expect(Self.text(pool.acquire(waiter: 1)) == "open")
        #expect(Self.text(pool.acquire(waiter: 2)) == "open")
        #expect(Self.text(pool.acquire(waiter: 3)) == "wait")
        #expect(Self.text(pool.acquire(waiter: 4)) == "wait")
        #expect(Self.text(pool.giveBack("a")) == "3 uses a")
        #expect(Self.text(pool.giveBack(nil)) == "4 opens")
        #expect(Self.text(pool.giveBack("a")) == "keep")
        #expect(Self.text(pool.acquire(waiter: 5)) == "use a")
        #expect(pool.count == 2)
    }

    @Test("A connection that is gone makes room")
    func room() {
        var pool = PoolState<String>(limit: 1)
        #expect(Self.text(pool.acquire(waiter: 1)) == "open")
        #expect(Self.text(pool.giveBack(nil)) == "discard")
        #expect(pool.count == 0)
        #expect(Self.text(pool.acquire(waiter: 2)) == "open")
    }

    @Test("Who left the line is passed over")
    func abandoned() {
        var pool = PoolState<String>(limit: 1)
        _ = pool.acquire(waiter: 1)
        _ = pool.acquire(waiter: 2)
        _ = pool.acquire(waiter: 3)
        let abandoned = [pool.abandon(waiter: 2), pool.abandon(waiter: 2)]
        #expect(abandoned == [true, false])
        #expect(Self.text(pool.giveBack("a")) == "3 uses a")
    }

    @Test("A closed pool sends all away and keeps nothing")
    func closed() {
        var pool = PoolState<String>(limit: 1)
        _ = pool.acquire(waiter: 1)
        _ = pool.acquire(waiter: 2)
        let waiting = pool.close()
        #expect(waiting == [2])
        #expect(Self.text(pool.acquire(waiter: 3)) == "closed")
        #expect(Self.text(pool.giveBack("a")) == "discard")
        #expect(pool.count == 0)
    }

    static func text(_ acquisition: PoolState<String>.Acquisition) -> String {
        switch acquisition {
        case .use(let connection): "use \(connection)"
        case .open: "open"
        case .wait: "wait"
        case .closed: "closed"
        }
    }

    static func text(_ step: PoolState<String>.Return) -> String {
        switch step {
        case .hand(let waiter, .use(let connection)): "\(waiter) uses \(connection)"
        case .hand(let waiter, .open): "\(waiter) opens"
        case .keep: "keep"
        case .discard: "discard"
        }
    }
}
