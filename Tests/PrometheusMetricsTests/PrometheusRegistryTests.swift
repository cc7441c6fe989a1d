import CoreMetrics
import Foundation
import Testing

@testable import PrometheusMetrics

struct PrometheusRegistryTests {
    @Test func rendersEachKind() {
        let registry = PrometheusRegistry(
            help: ["jobs_total": "Jobs.", "size": "Size.", "run_seconds": "Run time."],
            buckets: ["run_seconds": [0.1, 1]]
        )
        let counter = Counter(label: "jobs_total", dimensions: [("task", "a")], factory: registry)
        counter.increment()
        counter.increment(by: 2)
        Meter(label: "size", factory: registry).set(1.5)
        let timer = Timer(label: "run_seconds", dimensions: [("task", "a")], factory: registry)
        timer.recordNanoseconds(100_000_000)
        timer.recordNanoseconds(500_000_000)
        timer.recordNanoseconds(3_000_000_000)
        #expect(
            registry.render() == """
                # HELP jobs_total Jobs.
                # TYPE jobs_total counter
                jobs_total{task="a"} 3
                # HELP size Size.
                # TYPE size gauge
                size 1.5
                # HELP run_seconds Run time.
                # TYPE run_seconds histogram
                run_seconds_bucket{task="a",le="0.1"} 1
                run_seconds_bucket{task="a",le="1"} 2
                run_seconds_bucket{task="a",le="+Inf"} 3
                run_seconds_sum{task="a"} 3.6
                run_seconds_count{task="a"} 3

                """
        )
    }

    @Test func theSameNameAndLabelsAreOneSeries() {
        let registry = PrometheusRegistry()
        for _ in 0..<3 { Counter(label: "x_total", dimensions: [("a", "1")], factory: registry).increment() }
        #expect(registry.render().contains("x_total{a=\"1\"} 3\n"))
    }

    @Test func textIsEscapedAndNamesAreMended() {
        let registry = PrometheusRegistry(help: ["a.b-c": "One\\two\nthree \"four\""])
        Counter(label: "a.b-c", dimensions: [("la bel", "a\"b\\c\nd")], factory: registry).increment()
        Counter(label: "9é", factory: registry).increment()
        let text = registry.render()
        #expect(text.contains("# HELP a_b_c One\\\\two\\nthree \"four\"\n"))
        #expect(text.contains("a_b_c{la_bel=\"a\\\"b\\\\c\\nd\"} 1\n"))
        #expect(text.contains("\n__ 1\n"))
    }

    @Test(arguments: [
        (0.0, "0"), (-2, "-2"), (0.25, "0.25"), (1e20, "1e+20"), (.infinity, "+Inf"), (-.infinity, "-Inf"),
        (.nan, "NaN"),
    ])
    func numbersAreWrittenAsPrometheusReadsThem(_ value: Double, _ text: String) {
        #expect(PrometheusText.number(value) == text)
    }

    @Test func seriesAreBounded() {
        let registry = PrometheusRegistry(seriesLimit: 2)
        for number in 0..<5 {
            Counter(label: "x_total", dimensions: [("n", "\(number)")], factory: registry).increment()
        }
        #expect(registry.render().split(separator: "\n").count { $0.hasPrefix("x_total") } == 2)
        #expect(registry.droppedSeries == 3)
    }

    @Test func aNameOfAnotherKindRecordsIntoNothing() {
        let registry = PrometheusRegistry()
        Counter(label: "x", factory: registry).increment()
        Meter(label: "x", factory: registry).set(7)
        #expect(registry.render().contains("\nx 1\n"))
        #expect(registry.droppedSeries == 1)
    }

    @Test func gaugesGoUpAndDownAndRecordersAreOfTwoKinds() {
        let registry = PrometheusRegistry(buckets: ["h": [1]])
        let meter = Meter(label: "g", factory: registry)
        meter.increment(by: 3)
        meter.decrement(by: 1)
        Gauge(label: "last", factory: registry).record(4)
        Recorder(label: "h", factory: registry).record(2)
        FloatingPointCounter(label: "f_total", factory: registry).increment(by: 0.5)
        let text = registry.render()
        for line in ["g 2", "last 4", "h_bucket{le=\"+Inf\"} 1", "h_bucket{le=\"1\"} 0", "f_total 0.5"] {
            #expect(text.contains("\n\(line)\n"), "\(line)")
        }
    }

    @Test func manyThreadsLoseNothing() async {
        let registry = PrometheusRegistry()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let counter = Counter(label: "x_total", factory: registry)
                    let timer = Timer(label: "t_seconds", factory: registry)
                    for _ in 0..<1000 {
                        counter.increment()
                        timer.recordNanoseconds(1)
                    }
                }
            }
        }
        #expect(registry.render().contains("\nx_total 8000\n"))
        #expect(registry.render().contains("\nt_seconds_count 8000\n"))
    }
}
