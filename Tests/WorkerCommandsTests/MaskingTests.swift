import SwiftWorker
import Testing

@Suite struct MaskingTests {
    @Test(arguments: [
        ("amqp://guest:guest@localhost:5672//", "amqp://guest:**@localhost:5672//"),
        ("amqp://localhost", "amqp://localhost"),
        ("amqp://localhost:5672/vhost", "amqp://localhost:5672/vhost"),
        ("amqp://user@host//", "amqp://user@host//"),
        ("amqp://u:p@a;amqp://u:p@b", "amqp://u:**@a;amqp://u:**@b"),
        ("amqp://u:p@ss/w:rd@a//", "amqp://u:**@a//"),
        ("amqp://u:p;q@a", "amqp://u:**;q@a"),
        ("amqp://u:p?q@a", "amqp://u:**@a"),
        ("amqps://u:p@a?heartbeat=3&password=x", "amqps://u:**@a?heartbeat=3&password=**"),
        ("rpc://", "rpc://"),
        ("u:p@host", "u:**@host"),
        ("amqp://[::1]:5672//", "amqp://[::1]:5672//"),
        ("", ""),
    ])
    func urls(url: String, masked: String) {
        #expect(Masking.url(url) == masked)
    }

    @Test func keys() {
        for key in ["redis_password", "s3_secret_access_key", "api_key", "AUTH_TOKEN"] {
            #expect(Masking.isSecret(key: key))
        }
        for key in ["task_default_routing_key", "security_key", "broker_url"] { #expect(!Masking.isSecret(key: key)) }
    }
}
