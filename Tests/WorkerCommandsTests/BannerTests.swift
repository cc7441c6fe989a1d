import SwiftWorker
import Testing

@testable import WorkerCommands

@Suite struct BannerTests {
    @Test func hasTheLinesThatMonitorsRead() throws {
        var settings = Settings()
        settings.taskCreateMissingQueueExchangeType = "topic"
        let banner = Banner(
            nodeName: "w1@vm",
            version: "1.2.3",
            platform: "Linux",
            time: "now",
            app: "proj",
            transport: Masking.url("amqp://guest:guest@localhost:5672//"),
            results: "rpc://",
            concurrency: "2 (threads)",
            queues: try QueuePlan(settings: settings, selecting: ["b", "a"], nodeName: "").consumed,
            tasks: ["proj.add"]
        )
        for line in [
            " w1@vm v1.2.3 (swiftworker)", " [config]", " .> app:         proj",
            " .> transport:   amqp://guest:**@localhost:5672//", " .> results:     rpc://",
            " .> concurrency: 2 (threads)", " [queues]\n .> a                exchange=a(topic) key=a\n .> b ",
            " [tasks]\n  . proj.add",
        ] {
            #expect(banner.text.contains("\n" + line), "\(line)")
        }
    }
}
