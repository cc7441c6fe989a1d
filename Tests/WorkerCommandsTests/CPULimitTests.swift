import Testing

@testable import Platform

/// What `-c auto` makes of control groups, and what the state dump makes of threads.
@Suite struct CPULimitTests {
    @Test func looksAtTheGroupAndAllAboveIt() {
        #expect(
            CPULimit.folders("0::/system.slice/worker.service\n", root: "/r")
                == ["/r", "/r/system.slice", "/r/system.slice/worker.service"]
        )
        let first = "12:cpu,cpuacct:/docker/abc\n11:memory:/docker/abc\n0::/\n"
        #expect(
            CPULimit.folders(first, root: "/r")
                == ["/r/cpu,cpuacct", "/r/cpu,cpuacct/docker", "/r/cpu,cpuacct/docker/abc", "/r"]
        )
        #expect(CPULimit.folders("nonsense\n0::\n", root: "/r") == ["/r"])
    }

    @Test(
        arguments: [
            ("max", "100000", nil), ("-1", "100000", nil), ("250000", "100000", 2.5), ("50000", "100000", 0.5),
            ("x", "100000", nil), ("1", "0", nil),
        ] as [(String, String, Double?)]
    )
    func readsQuotas(quota: String, period: String, limit: Double?) {
        #expect(CPULimit.limit(quota: quota, period: period) == limit)
    }

    @Test func theSmallestCountsRoundedUp() {
        #expect(CPULimit.smallest([]) == nil)
        #expect(CPULimit.smallest([4, 2.5]) == 3)
        #expect(CPULimit.smallest([0.2]) == 1)
    }

    @Test func readsAThread() {
        let thread = ProcessThread(identifier: 7, status: "7 (a (b) c) S 1 2 3")
        #expect(thread?.name == "a (b) c")
        #expect(thread?.state == "sleeping")
        #expect(ProcessThread(identifier: 7, status: "7 broken") == nil)
        #expect(ProcessThread.all.contains { $0.state == "running" })
    }
}
