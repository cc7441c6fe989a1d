import OrderedCollections

/// The series of one name.
struct MetricFamily: Sendable {
    enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    let name: String
    let help: String?
    let kind: Kind
    /// By their labels, as they are rendered.
    var series: OrderedDictionary<String, any MetricSeries> = [:]

    init(name: String, help: String?, kind: Kind) {
        self.name = name
        self.help = help
        self.kind = kind
    }

    func render(into text: inout String) {
        text += "# HELP \(name) \(PrometheusText.help(help ?? "Recorded by the application."))\n"
        text += "# TYPE \(name) \(kind.rawValue)\n"
        for (labels, series) in series { series.render(name, labels, into: &text) }
    }
}

/// One time series, or the several of a histogram.
protocol MetricSeries: AnyObject, Sendable {
    /// - Parameter labels: what stands between the braces; empty for none.
    func render(_ name: String, _ labels: String, into text: inout String)
}
