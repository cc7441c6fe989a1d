import ChildPrograms
import Testing

/// The commands about dead letters as a user types them.
@Suite struct LetterBinaryTests {
    @Test func helpTeaches() throws {
        let top = try BinaryTests.run(["dead-letters", "--help"])
        #expect(top.code == 0)
        for word in ["list", "show", "replay", "drop", "export", "import", "stats", "Exit codes:", "Examples:"] {
            #expect(top.output.contains(word), "\(word)")
        }
        #expect(try BinaryTests.run(["help", "dead-letters"]).output == top.output)
        for command in ["list", "show", "replay", "drop", "export", "import", "stats"] {
            let ended = try BinaryTests.run(["dead-letters", command, "--help"])
            #expect(ended.code == 0 && ended.output.contains("Examples:"), "\(command): \(ended.errors)")
        }
    }

    @Test(arguments: [
        (["dead-letters", "replya"], "did you mean 'replay'?"), (["dead-letters", "list", "--foo"], "--foo"),
        (["dead-letters", "import"], "Missing expected argument"),
    ])
    func mistakes(_ arguments: [String], _ expected: String) throws {
        let ended = try BinaryTests.run(arguments)
        #expect(ended.code == 2 && ended.output.isEmpty)
        #expect(ended.errors.contains(expected), "\(ended.errors)")
    }

    @Test func aBrokerThatIsNotThereIsAnError() throws {
        let ended = try BinaryTests.run(["-b", "amqp://guest:secret@127.0.0.1:1//", "dead-letters", "list"])
        #expect(ended.code == 1)
        #expect(ended.errors.contains("swiftworker: error:") && !ended.errors.contains("secret"))
    }
}
