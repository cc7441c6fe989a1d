import AMQP
import Testing

@Suite struct EndpointTests {
    @Test(arguments: [
        ("amqp://", Endpoint()),
        ("amqp://h", Endpoint(host: "h")),
        ("pyamqp://h", Endpoint(host: "h")),
        ("librabbitmq://h:99", Endpoint(host: "h", port: 99)),
        ("AMQP://h", Endpoint(host: "h")),
        ("amqps://h", Endpoint(isTLS: true, host: "h", port: 5671)),
        ("pyamqps://h:1", Endpoint(isTLS: true, host: "h", port: 1)),
        ("amqp://localhost", Endpoint(host: "127.0.0.1")),
        ("rabbit.example", Endpoint(host: "rabbit.example")),
        ("rabbit.example:5673", Endpoint(host: "rabbit.example", port: 5673)),
        ("amqp://u:p@h/v", Endpoint(host: "h", user: "u", password: "p", virtualHost: "v")),
        ("amqp://u@h", Endpoint(host: "h", user: "u")),
        ("amqp://u%40x:p%3A%2F%3b@h/%2Fa", Endpoint(host: "h", user: "u@x", password: "p:/;", virtualHost: "/a")),
        ("amqp://u:p@ss@h", Endpoint(host: "h", user: "u", password: "p@ss")),
        ("amqp://u:a:b@h", Endpoint(host: "h", user: "u", password: "a:b")),
        ("amqp://h/", Endpoint(host: "h", virtualHost: "/")),
        ("amqp://h//", Endpoint(host: "h", virtualHost: "/")),
        ("amqp://h/%2F", Endpoint(host: "h", virtualHost: "/")),
        ("amqp://h//vh", Endpoint(host: "h", virtualHost: "/vh")),
        ("amqp://h/my", Endpoint(host: "h", virtualHost: "my")),
        ("amqp://h/a/b", Endpoint(host: "h", virtualHost: "a/b")),
        ("amqp://h/caf%C3%A9", Endpoint(host: "h", virtualHost: "café")),
        ("amqp://h/100%", Endpoint(host: "h", virtualHost: "100%")),
        ("amqp://[::1]:5673/v", Endpoint(host: "::1", port: 5673, virtualHost: "v")),
        ("amqp://h?heartbeat=30", Endpoint(host: "h", heartbeat: .seconds(30))),
        (
            "amqp://h/v?connect_timeout=1.5&heartbeat=0",
            Endpoint(host: "h", virtualHost: "v", heartbeat: .zero, connectTimeout: .milliseconds(1500))
        ),
    ])
    func parses(_ text: String, _ expected: Endpoint) throws {
        #expect(try Endpoint.parse(list: text) == [expected])
    }

    @Test func parsesFailoverListInOrder() throws {
        let list = try Endpoint.parse(list: "amqp://a; amqps://b/v ;c:7;")
        #expect(
            list == [
                Endpoint(host: "a"), Endpoint(isTLS: true, host: "b", virtualHost: "v"), Endpoint(host: "c", port: 7),
            ]
        )
    }

    @Test(arguments: [
        "", ";", " ; ", "redis://h", "sqla+sqlite:///x", "my.host://x", "amqp://h:port", "amqp://h:0", "amqp://h:65536",
        "amqp://h?ssl=1", "amqp://h?heartbeat=soon", "amqp://h?heartbeat=-1", "amqp://h?heartbeat=nan", "amqp://[::1]x",
        "amqp://h%00x", "amqp://u:p%00@h",
    ])
    func refuses(_ text: String) {
        let error = #expect(throws: AMQPError.self) { try Endpoint.parse(list: text) }
        #expect(error?.code == .invalidURL)
        #expect(error?.isRecoverable == false)
    }

    @Test(arguments: ["amqp://user:topsecret@h/v", "amqps://user:topsecret@[::1]:99/a%2Fb"])
    func descriptionHidesPassword(_ text: String) throws {
        let endpoint = try #require(try Endpoint.parse(list: text).first)
        #expect(!endpoint.description.contains("topsecret"))
        #expect(endpoint.description.contains("user:**@"))
        let again = try #require(try Endpoint.parse(list: endpoint.description).first)
        #expect(again.host == endpoint.host && again.virtualHost == endpoint.virtualHost && again.port == endpoint.port)
    }

    @Test func errorOfBadURLHasNoPassword() {
        let error = #expect(throws: AMQPError.self) { try Endpoint.parse(list: "amqp://u:topsecret@h:bad") }
        #expect(error?.description.contains("topsecret") == false)
    }
}
