public import CoreMetrics
import OrderedCollections
import Threads

/// Keeps metrics, and renders them in Prometheus' text format 0.0.4.
///
/// Recording is an atomic addition, or a short lock for histograms; nothing is looked up. All that can grow is bounded:
/// beyond `seriesLimit` a metric records into nothing, which `droppedSeries` counts.
public final class PrometheusRegistry: MetricsFactory {
    /// Upper bounds of the buckets of metrics that have none of their own, in seconds.
    public static let defaultBuckets: [Double] = [
        0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600,
    ]

    private struct State {
        var families: OrderedDictionary<String, MetricFamily> = [:]
        var seriesCount = 0
        var dropped = 0
    }

    private let help: [String: String]
    private let buckets: [String: [Double]]
    private let seriesLimit: Int
    private let state = Lock(State())

    /// - Parameters:
    ///   - help: what metrics mean, by name.
    ///   - buckets: upper bounds of histograms' buckets, by name, ascending, without infinity.
    ///   - seriesLimit: how many series there may be, a histogram counting as one.
    public init(help: [String: String] = [:], buckets: [String: [Double]] = [:], seriesLimit: Int = 20_000) {
        self.help = help
        self.buckets = buckets
        self.seriesLimit = seriesLimit
    }

    /// How often a series was asked for that there was no room for, or whose name is one of another kind.
    public var droppedSeries: Int { state.withLock { $0.dropped } }

    /// All metrics, in the order in which their names came first.
    public func render() -> String {
        let families = state.withLock { Array($0.families.values) }
        var text = ""
        for family in families { family.render(into: &text) }
        return text
    }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, .counter) { CounterSeries() }
    }

    public func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(label, dimensions, .counter) { FloatingPointCounterSeries() }
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, .gauge) { GaugeSeries() }
    }

    public func makeRecorder(
        label: String,
        dimensions: [(String, String)],
        aggregate: Bool
    ) -> any RecorderHandler {
        if !aggregate { return series(label, dimensions, .gauge) { GaugeSeries() } }
        return series(label, dimensions, .histogram) { HistogramSeries(bounds: self.bounds(of: label)) }
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions, .histogram) { HistogramSeries(bounds: self.bounds(of: label)) }
    }

    // A series stays when its handle goes: the total that Prometheus has seen must not fall.

    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    private func bounds(of label: String) -> [Double] { buckets[label] ?? Self.defaultBuckets }

    /// Finds or makes a series. One that can't be kept is made all the same: whoever records must not fail for that.
    private func series<Series: MetricSeries>(
        _ label: String,
        _ dimensions: [(String, String)],
        _ kind: MetricFamily.Kind,
        _ make: () -> Series
    ) -> Series {
        let name = PrometheusText.name(label)
        let labels = PrometheusText.labels(dimensions)
        return state.withLock { state in
            var family = state.families[name] ?? MetricFamily(name: name, help: help[label] ?? help[name], kind: kind)
            if let known = family.series[labels] as? Series { return known }
            let series = make()
            guard family.kind == kind, family.series[labels] == nil, state.seriesCount < seriesLimit else {
                state.dropped += 1
                return series
            }
            family.series[labels] = series
            state.families[name] = family
            state.seriesCount += 1
            return series
        }
    }
}
