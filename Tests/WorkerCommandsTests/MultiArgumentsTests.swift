import Testing

@testable import WorkerCommands

@Suite struct MultiArgumentsTests {
    /// Options as they would be written, names of nodes, options by node.
    @Test(arguments: [
        (["3", "-c", "3"], ["3"], ["-c", "3"], [:]),
        (["a", "b", "-E", "-c:1-3", "10"], ["a", "b"], ["-E"], ["1-3": ["-c", "10"]]),
        (["a", "--queues:a=x=y", "--pool=solo"], ["a"], ["--pool=solo"], ["a": ["--queues=x=y"]]),
        // A value given twice: the last one, in the first one's place.
        (["a", "-c", "1", "-l", "INFO", "-c", "2"], ["a"], ["-c", "2", "-l", "INFO"], [:]),
        // What is known of an option's value: Celery would make nodes of INFO, and swallow b.
        (["a", "--loglevel", "INFO"], ["a"], ["--loglevel=INFO"], [:]),
        (["a", "-E", "b"], ["a", "b"], ["-E"], [:]),
        (["a", "-c3", "b", "-Ofair"], ["a", "b"], ["-c", "3", "-O", "fair"], [:]),
        (["-bamqp://u:p@h:1//", "a"], ["a"], ["-b", "amqp://u:p@h:1//"], [:]),
        (["--wait", "60", "--cold", "a"], ["a"], ["--wait=60", "--cold"], [:]),
        // Unknown ones follow Celery's rule.
        (["a", "-x", "v", "--yes", "b"], ["a", "b"], ["-x", "v", "--yes"], [:]),
        (["a", "-c", "-E"], ["a"], ["-c", "-E"], [:]),
        // Once more in quotes, for Celery's splitting.
        (["a", "-Q", "'x,y'", "--logfile=\"/a b/%n.log\""], ["a"], ["-Q", "x,y", "--logfile=/a b/%n.log"], [:]),
        (["a", "-l", "it's"], ["a"], ["-l", "it's"], [:]),
        (["", "a", ""], ["a"], [], [:]),
    ])
    func parses(words: [String], names: [String], options: [String], namespaces: [String: [String]]) throws {
        let arguments = try MultiArguments(words)
        #expect(arguments.names == names)
        #expect(arguments.options.words == options)
        #expect(Set(arguments.namespaces.names) == Set(namespaces.keys))
        for (name, words) in namespaces { #expect(arguments.namespaces[name]?.words == words) }
        #expect(arguments.passedOn.isEmpty)
    }

    @Test func whatFollowsTwoHyphensIsPassedOn() throws {
        let arguments = try MultiArguments(["a", "-c", "3", "--", "worker.direct=true", "-x", ""])
        #expect(arguments.names == ["a"])
        #expect(arguments.passedOn == ["--", "worker.direct=true", "-x"])
    }

    @Test(arguments: [
        (["a", "-9"], 9, "KILL"), (["-QUIT", "a"], 3, "QUIT"), (["a", "-SIGINT", "-TERM"], 15, "TERM"),
        (["a", "-40"], 40, "40"),
    ])
    func signals(words: [String], number: Int32, name: String) throws {
        let arguments = try MultiArguments(words, takesSignal: true)
        #expect(arguments.names == ["a"])
        #expect(arguments.options.options.isEmpty)
        #expect(arguments.signal?.number == number)
        #expect(arguments.signal?.description == name)
        #expect(try MultiArguments(words).signal == nil)
    }

    @Test func aLoneHyphenIsRefused() {
        #expect(throws: MultiError.self) { try MultiArguments(["a", "-"]) }
    }

    @Test(arguments: [
        ("", []), ("a b  c", ["a", "b", "c"]), ("a 'b c' d", ["a", "b c", "d"]),
        ("\"a \\\"b\\\"\" ''", ["a \"b\"", ""]),
        ("a\\ b", ["a b"]), ("'a\\b' \"a\\b\"", ["a\\b", "a\\b"]), ("--x='y z'", ["--x=y z"]),
    ])
    func shellWordsAreSplit(text: String, words: [String]) {
        #expect(ShellWords.split(text) == words)
        // And written so that a shell reads them again.
        #expect(ShellWords.split(ShellWords.join(words)) == words)
    }

    @Test(arguments: ["'", "a \"b", "a\\"]) func anOpenQuoteIsNoText(text: String) {
        #expect(ShellWords.split(text) == nil)
    }

    @Test func onlyWhatNeedsQuotesHasThem() {
        #expect(
            ShellWords.join(["-Q", "a,b", "--logfile=/x/%n.log", "amqp://u@h:1//"])
                == "-Q a,b --logfile=/x/%n.log amqp://u@h:1//"
        )
        #expect(ShellWords.join(["it's", "a;b", ""]) == "'it'\\''s' 'a;b' ''")
    }
}
