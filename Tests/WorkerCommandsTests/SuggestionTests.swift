import SwiftWorker
import Testing

@Suite struct SuggestionTests {
    private let names = ["task_acks_late", "task_routes", "broker_url", "worker_pool"]

    @Test(arguments: [
        ("task_ack_late", "task_acks_late"), ("tsak_routes", "task_routes"), ("BROKER_URL", "broker_url"),
        ("workerpool", "worker_pool"), ("brokerurl", "broker_url"),
    ])
    func slipsAreUnderstood(word: String, meant: String) {
        #expect(Suggestion.nearest(to: word, among: names) == meant)
    }

    @Test(arguments: ["", "x", "colour", "a_completely_different_setting"])
    func nothingIsMadeUp(word: String) {
        #expect(Suggestion.nearest(to: word, among: names) == nil)
    }
}
