import JSON
import Testing

@testable import WorkerCommands

/// How `rabbitmqctl` is run: here, or by whatever command reaches it.
@Suite struct RabbitMQControlTests {
    @Test(arguments: [
        (["rabbitmqctl"], ["eval", "{a, b}."]),
        (["docker", "exec", "ssh", "rabbitmqctl"], ["eval", "{a, b}."]),
        (["sshpass", "ssh"], ["eval", "{a, b}."]),
        (["ssh", "rabbit", "sudo", "rabbitmqctl"], ["eval '{a, b}.'"]),
        (["/usr/bin/ssh", "-p", "22", "rabbit", "rabbitmqctl"], ["eval '{a, b}.'"]),
    ])
    func onlySSHGetsOneQuotedArgument(words: [String], arguments: [String]) {
        #expect(RabbitMQControl(words: words).command(["eval", "{a, b}."]) == words + arguments)
    }

    /// An `ssh` that does with its words what the real one and the remote shell do, and a `rabbitmqctl` that prints its own
    /// as JSON.
    @Test(arguments: [[], ["ssh", "rabbit"]] as [[String]])
    func argumentsArriveAsTheyAre(prefix: [String]) async throws {
        try await withTemporaryFolder { folder in
            try writeProgram(#"shift && exec /bin/sh -c "$*""#, to: folder + "/ssh")
            try writeProgram(
                #"""
                separator=[
                for word; do printf '%s"%s"' "$separator" "$word" && separator=,; done
                printf ']'
                """#,
                to: folder + "/rabbitmqctl"
            )
            let option = (prefix + [folder + "/rabbitmqctl"]).joined(separator: " ")
            let control = try RabbitMQControl(option: prefix.isEmpty ? option : folder + "/" + option)
            let words = ["eval", "{f(), 'it''s'}.", "$(touch \(folder)/touched)", "^a*.b$", "", "a  b"]
            let answer = try await control.ask(words)
            #expect(answer.array?.compactMap(\.string) == ["-q"] + words + ["--formatter", "json"])
            #expect(throws: (any Error).self) { try read(folder + "/touched") }
        }
    }

    @Test func aRemedyIsForTheSameShell() {
        let control = RabbitMQControl(words: ["ssh", "rabbit", "rabbitmqctl"])
        let line = ShellWords.join(control.command(["set_policy", "p", "^a$"]))
        #expect(line == #"ssh rabbit rabbitmqctl 'set_policy p '\''^a$'\'''"#)
        #expect("\(control)" == "ssh rabbit rabbitmqctl")
    }
}
