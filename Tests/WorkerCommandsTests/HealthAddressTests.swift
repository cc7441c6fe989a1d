import SwiftWorker
import Testing

@testable import WorkerCommands

struct HealthAddressTests {
    @Test(arguments: [
        ("127.0.0.1:9808", "127.0.0.1:9808"), (":9808", "127.0.0.1:9808"), ("9808", "127.0.0.1:9808"),
        ("localhost:1", "127.0.0.1:1"), ("0.0.0.0:65535", "0.0.0.0:65535"), ("[::1]:9808", "[::1]:9808"),
        ("unix:/run/w.sock", "unix:/run/w.sock"),
    ])
    func isRead(_ text: String, _ shown: String) {
        #expect(HealthAddress(text)?.description == shown)
    }

    @Test(arguments: [
        "", "x", ":", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "300.0.0.1:9808", "host:9808", "[::1:9808",
        "unix:w",
        "unix:", "unix:/" + String(repeating: "x", count: 107), "127.0.0.1:9808/metrics", "::1:9808x",
    ])
    func isRefused(_ text: String) {
        #expect(HealthAddress(text) == nil)
    }

    @Test func theSettingTakesAPortAnEmptyTextAndNull() throws {
        for (node, wanted) in [
            (ConfigurationNode(.integer(9808)), HealthAddress.ip("127.0.0.1", port: 9808)),
            (ConfigurationNode(.string("")), nil), (ConfigurationNode(.null), nil), (ConfigurationNode(.text("")), nil),
        ] {
            var effective = EffectiveSettings()
            try effective.set("swiftworker_health_address", to: node)
            #expect(effective.settings.healthAddress == wanted)
        }
        var effective = EffectiveSettings()
        #expect(throws: SettingsError.self) {
            try effective.set("swiftworker_health_address", to: ConfigurationNode(.string("example.org:80")))
        }
    }

    @Test func theSocketsPathIsTheNodes() throws {
        let naming = try NodeNaming(option: "cpu@%h", hostName: "h1")
        let address = try naming.expand(.unix("/run/%n.sock"), source: .builtIn)
        #expect(address == .unix("/run/cpu.sock"))
        #expect(throws: SettingsError.self) {
            try naming.expand(.unix("/" + String(repeating: "x", count: 104) + "%n"), source: .builtIn)
        }
    }
}
