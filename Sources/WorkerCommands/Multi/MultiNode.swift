import CeleryProtocol

/// A worker that `multi` starts, stops and shows.
struct MultiNode: Sendable, Hashable, CustomStringConvertible {
    /// As it is known in the cluster: `cpu@host`.
    let name: NodeName
    /// The key in `workers:`; `nil` for a node that only the command line knows.
    let key: String?
    /// What the executable is started with.
    let arguments: [String]
    let pidFile: String
    let logFile: String

    /// The whole name.
    var description: String { name.description }
    /// The short name that options and people call it by.
    var label: String { key ?? name.name }
    var expander: NodeExpander { NodeExpander(name) }

    /// Celery's default places.
    static let defaultPIDFile = "/var/run/celery/%n.pid"
    static let defaultLogFile = "/var/log/celery/%n%I.log"

    /// What all nodes of a command share.
    struct Template: Sendable {
        /// `worker --detach`, or what `--cmd` says in its place.
        var command: [String]
        /// `--`, and what follows it on the command line.
        var passedOn: [String]
        /// `--append`.
        var appended: String
        var home: String?
    }

    /// - Parameters:
    ///   - base: the options of the configuration, in which `%` is the worker's to expand.
    ///   - options: those of the command line, which win.
    /// - Throws: `MultiError` for an unknown `%` form.
    init(
        name: NodeName,
        key: String?,
        base: OptionList,
        options: OptionList,
        template: Template
    ) throws(MultiError) {
        let expander = NodeExpander(name)
        var merged = base
        merged.override(
            try options.mapValues { option throws(MultiError) in
                guard let value = option.value, !OptionSpelling.isURL(option.name) else { return option.value }
                return try expander.expand(value)
            }
        )
        // Where Celery puts it: in place of one that was given for this node, else last.
        merged.set("-n", name.description)
        if merged.first("--pidfile", "-p") == nil { merged.set("--pidfile", try expander.expand(Self.defaultPIDFile)) }
        if merged.first("--logfile", "-f") == nil { merged.set("--logfile", try expander.expand(Self.defaultLogFile)) }
        // It names a Python interpreter; this executable is the program, always.
        merged.remove("--executable")
        merged = merged.mapValues { Self.isPath($0) ? Self.atHome($0.value, template.home) : $0.value }

        self.name = name
        self.key = key
        var globals: [String] = []
        var others: [String] = []
        for option in merged.options {
            // Each goes to the front, as in Celery, so the last one given is the first.
            if OptionSpelling.isGlobal(option.name) { globals = option.words + globals } else { others += option.words }
        }
        var command: [String] = []
        for word in template.command { command.append(try expander.expand(word)) }
        let appended = try expander.expand(template.appended)
        arguments =
            globals + command + others + template.passedOn + (ShellWords.split(appended) ?? [appended])

        let folder = merged.first("--workdir")?.value
        func place(_ names: String...) throws(MultiError) -> String {
            let option = names.lazy.compactMap { merged.first($0) }.first
            do {
                return Self.join(folder, try name.expand(option?.value ?? ""))
            } catch {
                throw MultiError(error.message)
            }
        }
        pidFile = try place("--pidfile", "-p")
        logFile = try place("--logfile", "-f")
    }

    private static func isPath(_ option: OptionList.Option) -> Bool {
        ["--pidfile", "-p", "--logfile", "-f", "--workdir"].contains(option.name)
    }

    /// No shell stands between, so nobody else expands `~`.
    private static func atHome(_ path: String?, _ home: String?) -> String? {
        guard let path, let home, path == "~" || path.hasPrefix("~/") else { return path }
        return home + path.dropFirst()
    }

    /// A path as the worker sees it, which changes its folder first.
    static func join(_ folder: String?, _ path: String) -> String {
        guard let folder, !folder.isEmpty, !path.hasPrefix("/") else { return path }
        return folder + (folder.hasSuffix("/") ? "" : "/") + path
    }
}
