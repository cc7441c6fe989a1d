import SwiftWorker
import Testing

@testable import WorkerCommands

/// Celery reference, 10.3.
@Suite struct NodeNamingTests {
    @Test(arguments: [
        (nil, "celery@vm.example.com"), ("", "celery@vm.example.com"), ("foo", "celery@foo"),
        ("w1@%h", "w1@vm.example.com"), ("w1@", "w1@vm.example.com"), ("@h", "celery@h"),
        ("w1.%d", "celery@w1.example.com"),
        ("%n@%d", "vm@example.com"), ("100%%@h", "100%@h"), ("w%i%I@h", "w0@h"), ("a@b@c", "a@b@c"),
    ])
    func names(option: String?, name: String) throws {
        #expect(try NodeNaming(option: option, hostName: "vm.example.com").nodeName == name)
    }

    @Test(arguments: [
        ("logs/%n.log", "logs/w1.log"), ("%n%I.log", "w1.log"), ("%h-%d-%i", "vm.example.com-example.com-0"),
        ("%p.pid", "w1@vm.example.com.pid"), ("plain", "plain"), ("50%%", "50%"),
    ])
    func files(path: String, expanded: String) throws {
        let naming = try NodeNaming(option: "w1@%h", hostName: "vm.example.com")
        #expect(try naming.expand(path, source: .flag("-f")) == expanded)
    }

    @Test func unknownAbbreviationsAreRefused() throws {
        let error = try #require(throws: SettingsError.self) { try NodeNaming(option: "w%x@h", hostName: "vm") }
        #expect(error.exitCode == 2)
        #expect(throws: SettingsError.self) {
            try NodeNaming(option: nil, hostName: "vm").expand("%q", source: .flag("-f"))
        }
        #expect(throws: SettingsError.self) { try NodeNaming(option: "%p@h", hostName: "vm") }
    }
}
