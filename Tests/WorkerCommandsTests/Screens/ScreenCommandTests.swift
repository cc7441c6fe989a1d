import ChildPrograms
import Testing

/// The built program, without a terminal and without a broker.
@Suite(.timeLimit(.minutes(5))) struct ScreenCommandTests {
    private static let nowhere = ["CELERY_BROKER_URL": "amqp://guest:hunter2@127.0.0.1:1//"]

    @Test(arguments: [
        (["events"], "the screen needs a terminal; use 'events --dump'"),
        (["events", "-c", "x.Camera"], "cameras, which are Python classes"),
        (["events", "--dump", "--detach"], "run 'events --dump' under systemd"),
        (["events", "--dump", "-F", "0"], "--frequency: expected 0.25 to 3600"),
        (["top", "-n", "0.1"], "--interval: expected 0.5 to 3600"),
        (["top", "--json"], "--json: only with --once"),
        (["completions", "tcsh"], "'bash'"),
        (["completions"], "Missing expected argument"),
    ]) func mistakes(_ arguments: [String], _ words: String) throws {
        let ended = try BinaryTests.run(arguments, Self.nowhere)
        #expect(ended.code == 2, "\(ended)")
        #expect(ended.errors.contains(words), "\(ended.errors)")
        #expect(ended.output.isEmpty)
    }

    @Test(arguments: [["events", "--dump"], ["events", "--json"], ["top", "--once"], ["top"]])
    func noBroker(_ arguments: [String]) throws {
        let ended = try BinaryTests.run(arguments, Self.nowhere)
        #expect(ended.code == 69, "\(ended)")
        #expect(ended.errors.contains("127.0.0.1:1"), "\(ended.errors)")
        #expect(!ended.errors.contains("hunter2"))
    }

    @Test(arguments: [("bash", "complete "), ("zsh", "#compdef swiftworker"), ("fish", "complete -c")])
    func completions(_ shell: String, _ words: String) throws {
        let ended = try BinaryTests.run(["completions", shell])
        #expect(ended.code == 0)
        #expect(ended.output.contains(words))
        for command in ["events", "top", "dead-letters"] { #expect(ended.output.contains(command)) }
        for option in ["--generate-completion-script=\(shell)", "--generate-completion-script \(shell)"] {
            let other = try BinaryTests.run(option.split(separator: " ").map(String.init))
            #expect(other.code == 0, "\(other)")
            #expect(other.output == ended.output)
        }
    }
}
