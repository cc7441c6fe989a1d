import CeleryProtocol
import SwiftWorker

/// The workers of the configuration, for `multi`.
struct WorkerSection: Sendable {
    let workers: [WorkerSettings]
    /// The file that they stand in; the workers get the same.
    let file: String?
    /// `worker_pidfile` and `worker_logfile`, where the file has them.
    let pidFile: String?
    let logFile: String?

    /// - Parameter folder: what a relative name of the file starts from.
    init(_ effective: EffectiveSettings, folder: String) {
        workers = effective.settings.workers
        if case .file(let path, _, _) = effective.source(of: "workers") {
            file = MultiNode.join(folder, path)
        } else {
            file = nil
        }
        pidFile = effective.settings.workerPIDFile
        logFile = effective.settings.workerLogFile
    }

    /// Finds the workers that names speak of, by key or whole node name; all of them without a name.
    ///
    /// - Returns: `nil` when the names are not of the configuration: then they are Celery's, for nodes of their own.
    /// - Throws: `MultiError` for a mixture of both, and for a name that looks like a slip.
    func select(_ names: [String], machine: Machine) throws(MultiError) -> [WorkerSettings]? {
        if names.isEmpty { return workers.isEmpty ? nil : workers }
        var chosen: [WorkerSettings] = []
        var strange: [String] = []
        for name in names {
            let found = workers.first { worker in
                name == worker.name || name == (try? Self.node(of: worker, machine: machine))?.description
            }
            if let found { chosen.append(found) } else { strange.append(name) }
        }
        if strange.isEmpty {
            guard Set(chosen.map(\.name)).count == chosen.count else { throw MultiError("a worker is named twice") }
            return chosen
        }
        let slip = strange.first { hint(for: $0) != nil }
        guard slip != nil || !chosen.isEmpty else { return nil }
        let name = slip ?? strange[0]
        let known = workers.map(\.name).joined(separator: ", ")
        throw MultiError("the configuration has the workers \(known), and no '\(name)'\(hint(for: name) ?? "")")
    }

    /// What a name may have been meant to be; `nil` when it is like none, or a number.
    private func hint(for name: String) -> String? {
        let short = name.prefix { $0 != "@" }
        guard Int(short) == nil else { return nil }
        return Suggestion.nearest(to: String(short), among: workers.map(\.name)).map { "; did you mean '\($0)'?" }
    }

    /// The node that a worker is.
    ///
    /// - Parameters:
    ///   - host: in place of the configured one.
    /// - Throws: `MultiError` for an unknown `%` form.
    static func node(
        of worker: WorkerSettings,
        machine: Machine,
        prefix: String = "",
        host: String? = nil
    ) throws(MultiError) -> NodeName {
        let host = host ?? worker.hostname ?? machine.hostName
        return try machine.node(host.contains("@") ? host : "\(prefix)\(worker.name)@\(host)")
    }

    /// The command line's options for a worker.
    func options(of worker: WorkerSettings) -> OptionList {
        var options = OptionList()
        if let file { options.set("--config", file) }
        if !worker.queues.isEmpty { options.set("--queues", worker.queues.joined(separator: ",")) }
        if let pool = worker.pool { options.set("--pool", pool.rawValue) }
        if let concurrency = worker.concurrency { options.set("--concurrency", concurrency) }
        if let pidFile { options.set("--pidfile", pidFile) }
        if let logFile { options.set("--logfile", logFile) }
        for option in worker.options {
            switch option.value.content {
            case .bool(let isOn): if isOn { options.set("--" + option.key, nil) }
            case .integer(let number): options.set("--" + option.key, String(number))
            case .double(let number): options.set("--" + option.key, String(number))
            case .string(let text), .text(let text): options.set("--" + option.key, text)
            // Refused when the file was read.
            case .null, .list, .map: break
            }
        }
        return options
    }

    /// Options that are keys of a worker, or that `multi` gives itself.
    private static let keys = ["hostname", "queues", "pool", "concurrency"]

    /// Checks the names and types of the workers' options.
    ///
    /// - Throws: `SettingsError` with the place of the first mistake.
    static func check(_ workers: [WorkerSettings]) throws(SettingsError) {
        let names = WorkerOption.all.map(\.name).filter { !keys.contains($0) && $0 != "detach" }
        for worker in workers {
            for option in worker.options {
                let what = "workers.\(worker.name).options"
                guard names.contains(option.key), let known = WorkerOption.all.first(where: { $0.name == option.key })
                else {
                    let hint =
                        keys.contains(option.key)
                        ? "; it is a key of the worker itself"
                        : option.key == "detach"
                            ? "; multi always starts workers in the background"
                            : Suggestion.hint(for: option.key, among: names)
                    throw SettingsError(
                        .unknownSetting,
                        "unknown option '\(option.key)' in \(what)\(hint)",
                        source: option.source
                    )
                }
                try check(option, isFlag: known.isFlag, what: "\(what).\(option.key)")
            }
        }
    }

    private static func check(
        _ option: ConfigurationEntry,
        isFlag: Bool,
        what: String
    ) throws(SettingsError) {
        switch (isFlag, option.value.content) {
        case (true, .bool), (false, .integer), (false, .double), (false, .string), (false, .text): return
        default:
            let expectation = isFlag ? "true or false" : "a string or a number"
            throw SettingsError(
                .wrongType,
                "\(what): expected \(expectation), found \(option.value.typeName)",
                source: option.value.source
            )
        }
    }
}
