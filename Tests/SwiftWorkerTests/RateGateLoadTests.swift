import Testing

@testable import SwiftWorker

/// What comes out of the gate under load, with timers that are late as real ones are.
@Suite struct RateGateLoadTests {
    private let start = ContinuousClock.now

    /// A tenant that sends at an even rate.
    private struct Tenant {
        let keys: [RateKey]
        let perSecond: Double
    }

    /// Arrivals in the order of their time: those of even rates, and those that come back.
    private struct Arrivals {
        typealias Arrival = (time: Double, tenant: Int)
        private var even: ArraySlice<Arrival>
        /// The earliest is last.
        private var returning: [Arrival] = []

        init(_ rates: [Double], seconds: Double) {
            let all: [Arrival] = rates.enumerated().flatMap { index, rate in
                (0..<Int(seconds * rate)).map { (Double($0) / rate, index) }
            }
            even = all.sorted { ($0.time, $0.tenant) < ($1.time, $1.tenant) }[...]
        }

        private var returnsNext: Bool {
            guard let back = returning.last else { return false }
            return even.first.map { back.time < $0.time } ?? true
        }

        var first: Arrival? { returnsNext ? returning.last : even.first }

        mutating func popFirst() {
            if returnsNext { returning.removeLast() } else { even = even.dropFirst() }
        }

        mutating func insert(_ arrival: Arrival) {
            var low = 0
            var high = returning.count
            while low < high {
                let middle = (low + high) / 2
                if returning[middle].time > arrival.time { low = middle + 1 } else { high = middle }
            }
            returning.insert(arrival, at: low)
        }
    }

    /// Runs the gate for so long and says when each tenant's tasks started; parked ones come back up to a second early.
    private func run(
        _ rules: [RateRule],
        _ tenants: [Tenant],
        seconds: Double,
        lateness: ClosedRange<Double> = 0...0.008,
        options: RateGate.Options = RateGate.Options()
    ) -> [[Double]] {
        var gate = RateGate(rules: RateRules(rules), options: options)
        var generator = SeededGenerator(seed: 5)
        var arrivals = Arrivals(tenants.map(\.perSecond), seconds: seconds)
        var starts = Array(repeating: [Double](), count: tenants.count)
        var owner: [RateGate.Ticket: Int] = [:]
        var ticket: RateGate.Ticket = 0
        func instant(_ time: Double) -> ContinuousClock.Instant { start + .nanoseconds(Int64(time * 1e9)) }
        func park(_ tenant: Int, _ now: Double, _ duration: Duration) {
            arrivals.insert((now + max(1, duration.inSeconds.rounded(.down)), tenant))
        }
        var wake = Double.infinity
        while true {
            let next = min(arrivals.first?.time ?? .infinity, wake)
            guard next < seconds else { return starts }
            if let first = arrivals.first, first.time <= wake {
                arrivals.popFirst()
                ticket += 1
                owner[ticket] = first.tenant
                switch gate.arrive(ticket, keys: tenants[first.tenant].keys, at: instant(next)) {
                case .admit: starts[first.tenant].append(next)
                case .hold: break
                case .park(let duration): park(first.tenant, next, duration)
                }
            } else {
                for release in gate.advance(to: instant(next)) {
                    guard let tenant = owner.removeValue(forKey: release.ticket) else { continue }
                    if let parking = release.parking {
                        park(tenant, next, parking)
                    } else {
                        starts[tenant].append(next)
                    }
                }
            }
            wake =
                gate.nextChange().map { change in
                    max(next, (change - start).inSeconds) + Double.random(in: lateness, using: &generator)
                } ?? .infinity
        }
    }

    private func limit(_ perSecond: Double, _ name: String = "r") throws -> RateRule {
        RateRule(name: name, rate: try #require(RateLimit(perSecond: perSecond)))
    }

    private func key(_ rule: Int, _ value: String) -> RateKey { RateKey(rule: rule, value: value) }

    @Test(arguments: [60.0, 200, 1_000])
    func aRateIsExact(_ load: Double) throws {
        let starts = run([try limit(50)], [Tenant(keys: [key(0, "")], perSecond: load)], seconds: 20)[0]
        #expect(starts.count >= 990 && starts.count <= 1_001)
        // No window has more than the rate, one, and what a late timer makes good.
        for (first, index) in zip(starts, starts.indices) {
            let inSecond = starts[index...].prefix { $0 < first + 1 }.count
            #expect(inSecond <= 50 + 1 + 2)
        }
    }

    @Test func tenantsOfDifferentLoadEachGetTheirRate() throws {
        let tenants = [("a", 60.0), ("b", 300), ("c", 3_000)].map { name, load in
            Tenant(keys: [key(0, name)], perSecond: load)
        }
        for starts in run([try limit(50)], tenants, seconds: 20) {
            #expect(starts.count >= 950 && starts.count <= 1_050)
        }
    }

    @Test func aTenantBelowItsRateIsNotHeldUp() throws {
        let tenants = [("a", 20.0), ("b", 3_000)].map { name, load in Tenant(keys: [key(0, name)], perSecond: load) }
        let starts = run([try limit(50)], tenants, seconds: 20)
        #expect(starts[0].count == 400)
    }

    @Test func aSharedRateGoesAround() throws {
        // 30/s for all of them together; each could have 100/s. The light one gets all it asks for, the rest is halved.
        let rules = [try limit(30, "all"), try limit(100, "each")]
        let tenants = [("a", 2_000.0), ("b", 60), ("c", 4)].map { name, load in
            Tenant(keys: [key(0, ""), key(1, name)], perSecond: load)
        }
        let starts = run(rules, tenants, seconds: 20).map(\.count)
        #expect(starts.reduce(0, +) >= 570 && starts.reduce(0, +) <= 602)
        #expect(starts[2] >= 76)
        #expect(abs(starts[0] - starts[1]) <= 30)
    }

    /// Whatever happens, a cap is kept, every ticket ends once, and nothing is forgotten while it could run.
    @Test(arguments: UInt64(1)...8)
    func anythingMayHappen(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var options = RateGate.Options()
        options.holdLimit = .seconds(3)
        options.maximumHeld = 20
        options.maximumKeys = 6
        let rules = [
            RateRule(name: "rate", rate: RateLimit(perSecond: 40), burst: 2),
            RateRule(name: "cap", concurrency: 3),
            RateRule(name: "both", rate: RateLimit(perSecond: 15), concurrency: 2),
        ]
        var gate = RateGate(rules: RateRules(rules), options: options)
        var held: Set<RateGate.Ticket> = []
        var running: [RateGate.Ticket: [RateKey]] = [:]
        var keysOf: [RateGate.Ticket: [RateKey]] = [:]
        var ticket: RateGate.Ticket = 0
        var now = start
        func checkCaps() {
            for (rule, cap) in [(1, 3), (2, 2)] {
                let used = Dictionary(grouping: running.values.joined().filter { $0.rule == rule }, by: \.value)
                #expect(used.values.allSatisfy { $0.count <= cap })
            }
        }
        for _ in 0..<3_000 {
            now += .milliseconds(Int.random(in: 0...30, using: &generator))
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<5:
                ticket += 1
                let keys = (0..<3).filter { _ in Bool.random(using: &generator) }.map { rule in
                    RateKey(rule: rule, value: "\(Int.random(in: 0..<2, using: &generator))")
                }
                switch gate.arrive(ticket, keys: keys, at: now) {
                case .admit: running[ticket] = keys
                case .hold: held.insert(ticket)
                case .park(let duration): #expect(duration >= .seconds(1))
                }
                keysOf[ticket] = keys
            case 5..<8:
                guard let done = running.keys.min() else { continue }
                running[done] = nil
                gate.finish(done, at: now)
            case 8:
                guard let gone = held.randomElement(using: &generator) else { continue }
                held.remove(gone)
                gate.withdraw(gone, at: now)
            default: break
            }
            for release in gate.advance(to: now) {
                #expect(held.remove(release.ticket) != nil)
                if release.parking == nil { running[release.ticket] = keysOf[release.ticket] }
            }
            #expect(gate.heldCount == held.count && held.count <= options.maximumHeld)
            #expect(held.isEmpty || gate.nextChange() != nil)
            checkCaps()
        }
        // With all slots free the rest comes out, by starting or by being parked.
        for done in running.keys { gate.finish(done, at: now) }
        now += .seconds(10)
        for release in gate.advance(to: now) { #expect(held.remove(release.ticket) != nil) }
        #expect(held.isEmpty && gate.nextChange() == nil)
    }
}
