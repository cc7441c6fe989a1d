extension Masking {
    /// The value of a setting with an effect, which masks its own secrets: without the passwords of URLs within it.
    ///
    /// Keys are left alone: they are names of tasks, queues and workers, which may well be about passwords.
    static func urls(in node: ConfigurationNode) -> ConfigurationNode {
        mapped(node, text: { $0.contains("://") ? url($0) : $0 }, entry: { urls(in: $0.value) }, item: urls)
    }

    /// A value of which nobody here knows the meaning: also without all whose keys promise a secret, however deep.
    static func secrets(in node: ConfigurationNode) -> ConfigurationNode {
        mapped(
            node,
            text: unknown,
            entry: { isSecret(key: $0.key) ? hiding($0.value) : secrets(in: $0.value) },
            item: secrets
        )
    }

    /// What stands for a value; that there is none may be seen.
    static func hiding(_ node: ConfigurationNode) -> ConfigurationNode {
        node.isNull ? node : ConfigurationNode(.string(hidden), source: node.source)
    }

    /// A connection string or a map as text is not taken apart: it is hidden whole if it names a secret.
    private static func unknown(_ text: String) -> String {
        if text.contains("://") { return url(text) }
        let hasPairs = text.contains { $0 == "=" || $0 == "{" }
        return hasPairs && isSecret(key: text) ? hidden : text
    }

    private static func mapped(
        _ node: ConfigurationNode,
        text change: (String) -> String,
        entry: (ConfigurationEntry) -> ConfigurationNode,
        item: (ConfigurationNode) -> ConfigurationNode
    ) -> ConfigurationNode {
        var node = node
        switch node.content {
        case .string(let text): node.content = .string(change(text))
        case .text(let text): node.content = .text(change(text))
        case .list(let items): node.content = .list(items.map(item))
        case .map(let entries):
            node.content = .map(
                entries.map { ConfigurationEntry(key: change($0.key), source: $0.source, value: entry($0)) }
            )
        case .null, .bool, .integer, .double: break
        }
        return node
    }
}
