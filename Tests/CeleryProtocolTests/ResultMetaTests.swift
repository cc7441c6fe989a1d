import CeleryProtocol
import JSON
import OrderedCollections
import Testing

@Suite("Result meta")
struct ResultMetaTests {
    private func expected(_ name: String) throws -> String {
        try #require(try Vectors.section("metas")[name]?.string)
    }

    private func now() throws -> Instant {
        try #require(Instant(iso8601: "2026-11-23T02:09:39.513678Z"))
    }

    @Test("success is Celery's, byte for byte")
    func success() throws {
        var meta = ResultMeta.success(taskID: "task-id", result: JSONFragment(3), at: try now())
        #expect(text(meta.encoded()) == (try expected("success")))
        meta.result = JSONFragment(["ä": "\u{2028}\"\\\u{1f600}", "f": 1e16, "n": .double(.nan)])
        #expect(text(meta.encoded()) == (try expected("success_unicode")))
        meta.result = JSONFragment([1])
        meta.children = nil
        #expect(text(meta.encoded()) == (try expected("success_no_request")))
    }

    @Test("group, parent and children are Celery's")
    func origin() throws {
        var headers = TaskHeaders(task: "proj.add", id: "task-id")
        headers.group = "gid"
        headers.parentID = "pid"
        var meta = ResultMeta.success(taskID: "task-id", result: .null, at: try now())
        meta.setOrigin(headers)
        meta.children = [ResultMeta.child("child-id")]
        #expect(text(meta.encoded()) == (try expected("success_children")))
    }

    @Test("failures are Celery's")
    func failure() throws {
        var exception = PythonException.keyError("boo")
        exception.traceback = "Traceback (most recent call last):\n  boo\n"
        let meta = ResultMeta.failure(taskID: "task-id", exception, at: try now())
        #expect(text(meta.encoded()) == (try expected("failure")))
        let nested = PythonException(type: "ProjError.Inner", module: "proj.errors", arguments: ["x", 1, .null])
        let other = ResultMeta.failure(taskID: "task-id", nested, at: try now())
        #expect(text(other.encoded()) == (try expected("failure_nested")))
    }

    @Test("other states are Celery's")
    func states() throws {
        let started = ResultMeta.started(taskID: "task-id", pid: 42, hostname: "w1@vm")
        #expect(text(started.encoded()) == (try expected("started")))
        let custom = ResultMeta.custom(taskID: "task-id", state: "PROGRESS", meta: JSONFragment(["done": 0.5]))
        #expect(text(custom.encoded()) == (try expected("custom")))
        #expect(text(ResultMeta.retry(taskID: "task-id", nil).encoded()) == (try expected("retry")))
        let revoked = ResultMeta.revoked(taskID: "task-id", .revoked, at: try now())
        #expect(text(revoked.encoded()) == (try expected("revoked")))
    }

    @Test("extended metas are Celery's, stamps included")
    func extended() throws {
        var meta = ResultMeta.success(taskID: "task-id", result: JSONFragment(3), at: try now())
        meta.extended = ResultMeta.Extended(
            name: "proj.add",
            args: JSONFragment([]),
            kwargs: JSONFragment([:]),
            worker: "w1@vm",
            retries: 0,
            queue: "q",
            stampedHeaders: ["s"],
            stamps: ["s": ["x"], "other": 1]
        )
        #expect(text(meta.encoded()) == (try expected("stamped")))
        meta.groupID = "gid"
        meta.parentID = "pid"
        meta.children = [ResultMeta.child("child-id")]
        meta.extended = ResultMeta.Extended(
            name: "proj.add",
            args: JSONFragment([1, "ä"]),
            kwargs: JSONFragment(["k": .null]),
            worker: "w1@vm",
            retries: 2,
            queue: "celery"
        )
        #expect(text(meta.encoded()) == (try expected("extended")))
    }

    @Test("a state that is not final has no date")
    func noDate() throws {
        var meta = ResultMeta.custom(taskID: "t", state: "PROGRESS", meta: .null)
        meta.dateDone = try now()
        #expect(text(meta.encoded()).contains("\"date_done\": null"))
    }

    @Test("return values are encoded with kombu's types")
    func fragment() throws {
        struct Output: Encodable {
            var at: Instant
            var raw: [UInt8]
            var name = "ä"
        }
        let fragment = try JSONFragment(encoding: Output(at: try now(), raw: [0xff, 0]))
        #expect(
            fragment.text
                == #"{"at": {"__type__": "datetime", "__value__": "2026-11-23T02:09:39.513678+00:00"}, "#
                + #""raw": {"__type__": "base64", "__value__": "/wA="}, "name": "\u00e4"}"#
        )
    }
}
