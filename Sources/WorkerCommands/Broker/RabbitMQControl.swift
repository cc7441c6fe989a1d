import AMQP
import JSON
import Processes

/// Asks RabbitMQ's administrator: `rabbitmqctl`, here or by whatever command reaches it.
struct RabbitMQControl: Sendable {
    /// The command and its first arguments, for example `ssh broker rabbitmqctl`.
    let words: [String]

    /// How long an answer may take.
    private static let timeout: Duration = .seconds(60)
    /// How much of an answer is taken: some 100,000 queues.
    private static let outputLimits = CapturedOutput.Limits(head: 32 << 20, tail: 0)

    /// Why it gave no answer.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The whole command line. `ssh` joins its arguments with spaces, and the remote shell splits them anew: it gets them as
    /// one argument, quoted for that shell.
    func command(_ arguments: [String]) -> [String] {
        let isRemote = words.first?.split(separator: "/").last == "ssh"
        return words + (isRemote ? [ShellWords.join(arguments)] : arguments)
    }

    /// Runs a command.
    ///
    /// - Returns: what it printed.
    /// - Throws: `Failure` when it can't be run, fails, or says too much.
    func run(_ arguments: [String]) async throws(Failure) -> CapturedOutput {
        let runner = CommandRunner(timeout: Self.timeout, outputLimits: Self.outputLimits)
        let result: CommandResult
        do {
            result = try await runner.run(Command(words[0], Array(command(["-q"] + arguments).dropFirst())))
        } catch {
            throw Failure(description: "\(self): \(error)")
        }
        guard result.status.isSuccess, !result.standardOutput.isTruncated else {
            let words = result.standardError.text.split(whereSeparator: \.isWhitespace).prefix(40).joined(
                separator: " "
            )
            throw Failure(description: "\(self) \(arguments[0]): \(result.status): \(words)")
        }
        return result.standardOutput
    }

    /// Runs a command that prints JSON.
    func ask(_ arguments: [String]) async throws(Failure) -> JSONValue {
        let output = try await run(arguments + ["--formatter", "json"])
        do {
            return try JSONValue(parsing: output.bytes)
        } catch {
            throw Failure(description: "\(self) \(arguments[0]): no JSON: \(error)")
        }
    }
}

extension RabbitMQControl: CustomStringConvertible {
    /// How it is run, as a shell reads it.
    var description: String { ShellWords.join(words) }

    /// - Parameter option: `--rabbitmqctl`.
    /// - Throws: `StartError` for one that is no command.
    init(option: String?) throws(StartError) {
        words = ShellWords.split(option ?? "rabbitmqctl") ?? []
        guard !words.isEmpty else { throw StartError("--rabbitmqctl: expected a command") }
    }

    /// - Parameter cluster: the name of the cluster that AMQP is spoken with, if it tells.
    /// - Returns: the timeout of consumers.
    /// - Throws: `Failure` when it can't be run, or speaks with another broker.
    @discardableResult
    func check(cluster: String?, endpoint: Endpoint) async throws(Failure) -> Duration? {
        let identity = try await identity()
        guard cluster == nil || cluster == identity.cluster else {
            throw Failure(
                description: """
                    \(self) speaks with the broker '\(identity.cluster)', and \(endpoint) is '\(cluster ?? "")'
                    """
            )
        }
        return identity.consumerTimeout
    }

    /// The name of the broker's cluster, which tells whether it is the one that AMQP is spoken with, and the timeout.
    ///
    /// - Returns: the timeout is `nil` when it is turned off.
    func identity() async throws(Failure) -> (cluster: String, consumerTimeout: Duration?) {
        let text = try await run([
            "eval", "{rabbit_nodes:cluster_name(), application:get_env(rabbit, consumer_timeout)}.",
        ]).text
        // {<<"rabbit@host">>,{ok,1800000}}
        let quoted = text.split(separator: "\"", maxSplits: 2, omittingEmptySubsequences: false)
        guard quoted.count == 3 else { throw Failure(description: "an answer that can't be read: \(text.prefix(200))") }
        let digits = quoted[2].drop { !$0.isNumber }.prefix { $0.isNumber }
        return (String(quoted[1]), Int(digits).map { .milliseconds($0) })
    }

    /// What the review wants to know.
    func administration(
        virtualHost: String,
        user: String,
        consumerTimeout: Duration?
    ) async throws(Failure) -> BrokerFacts.Administration {
        var administration = BrokerFacts.Administration(consumerTimeout: consumerTimeout)
        administration.alarms = RabbitMQAnswers.alarms(try await ask(["status"]))
        administration.queues = try await queues(virtualHost)
        administration.policies = RabbitMQAnswers.policies(try await ask(["list_policies", "--vhost", virtualHost]))
        let permissions = try await ask(["list_user_permissions", user])
        administration.permissions = RabbitMQAnswers.permissions(permissions, virtualHost)
        let hosts = try await ask(["list_vhosts", "name", "default_queue_type"])
        administration.defaultQueueType = RabbitMQAnswers.defaultQueueType(hosts, virtualHost)
        return administration
    }

    /// Whether a queue may be declared without a type although it is a quorum queue.
    func acceptsPlainDeclarations(ofQuorumQueuesIn virtualHost: String) async throws(Failure) -> Bool {
        let hosts = try await ask(["list_vhosts", "name", "default_queue_type"])
        if RabbitMQAnswers.defaultQueueType(hosts, virtualHost) == "quorum" { return true }
        let relaxed = "application:get_env(rabbit, quorum_relaxed_checks_on_redeclaration, false)."
        return try await run(["eval", relaxed]).text.hasPrefix("true")
    }

    func queues(_ virtualHost: String) async throws(Failure) -> [BrokerFacts.Queue] {
        let columns = ["name", "type", "policy", "messages", "messages_unacknowledged"]
        return RabbitMQAnswers.queues(try await ask(["list_queues", "--vhost", virtualHost] + columns))
    }
}
