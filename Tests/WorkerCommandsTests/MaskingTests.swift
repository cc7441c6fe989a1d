import SwiftWorker
import Testing

@testable import WorkerCommands

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
        let secret = [
            "redis_password", "s3_secret_access_key", "api_key", "AUTH_TOKEN", "AccountKey", "pass", "smtp_pass", "sig",
        ]
        for key in secret {
            #expect(Masking.isSecret(key: key))
        }
        let open = [
            "task_default_routing_key", "security_key", "broker_url", "keyfile", "key_prefix", "task_acks_on_failure",
            "signum", "passive",
        ]
        for key in open { #expect(!Masking.isSecret(key: key)) }
    }

    /// Nobody here knows what settings without effect hold.
    @Test(arguments: [
        ("database_url: db+postgresql://u:hush@h/d", #""db+postgresql://u:**@h/d""#),
        ("cache_backend: memcached://u:hush@h:11211/", #""memcached://u:**@h:11211/""#),
        ("cache_backend_options: {servers: ['redis://:hush@a', b]}", #"{servers: ["redis://:**@a", b]}"#),
        ("mongodb_backend_settings: {user: u, password: hush}", #"{user: u, password: "********"}"#),
        ("mongodb_backend_settings: {host: 'mongodb://u:hush@h'}", #"{host: "mongodb://u:**@h"}"#),
        ("cassandra_auth_kwargs: {username: u, password: hush}", #"{username: u, password: "********"}"#),
        (
            "broker_transport_options: {sentinel_kwargs: {password: hush}, master_name: m}",
            #"{sentinel_kwargs: {password: "********"}, master_name: m}"#
        ),
        (
            "result_backend_transport_options: {sentinel_kwargs: {password: hush}, global_keyprefix: p}",
            #"{sentinel_kwargs: {password: "********"}, global_keyprefix: p}"#
        ),
        (
            "database_engine_options: {connect_args: [{passwd: hush}, {secrets: [hush, {a: hush}]}], echo: true}",
            #"{connect_args: [{passwd: "********"}, {secrets: "********"}], echo: true}"#
        ),
        ("arangodb_backend_settings: {password: null, port: 1}", "{password: null, port: 1}"),
        ("couchbase_backend_settings: 'host=h password=hush'", #""********""#),
        ("couchbase_backend_settings: {'redis://:hush@h': 1}", #"{"redis://:**@h": 1}"#),
        ("s3_access_key_id: hush", #""********""#),
        ("worker_log_format: '%(process)s %(message)s'", #""%(process)s %(message)s""#),
        // Those with an effect have names for keys.
        ("task_routes: {a.reset_password: {queue: q}}", "{a.reset_password: q}"),
        ("task_default_routing_key: k", "k"),
        ("worker_logfile: 'x://u:hush@h/log'", #""x://u:**@h/log""#),
    ])
    func settings(file: String, shown: String) throws {
        let effective = try SettingsLayersTests.load(file: file)
        let name = file.prefix { $0 != ":" }
        let entry = try #require(effective.entries().first { $0.definition.name == name })
        #expect(entry.value.yaml == shown)
        #expect(!ReportEnvironment.text(effective, tasks: 0).contains("hush"))
    }
}
