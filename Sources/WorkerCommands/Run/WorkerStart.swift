import BrokerModel
import Logging
import Platform
import ResultStores
import SwiftWorker
import Threads

/// Brings a worker up from its options, and runs it.
struct WorkerStart {
    let arguments: WorkerArguments
    let executable: String
    let programName: String
    let environment: [String: String]
    var commands: [CustomCommand] = []
    /// What the process does before the first task and after the last.
    var prepare: () -> Void = {}
    var finish: () async -> Void = {}
    var console: Console

    private var command: WorkerCommand { arguments.command }

    /// - Returns: the exit code of the process.
    func run(tasks: () -> TaskRegistry) async -> Int32 {
        var start = self
        let isChild = Detachment.isChild(environment)
        if isChild { start.console = Detachment.adopt(environment) }
        do {
            try start.refuseWhatComesLater()
            if command.node.detach, !isChild {
                return Detachment.startChild(executable: executable, environment: environment, console: console)
            }
            return try await start.serve(tasks: tasks(), isDetached: isChild)
        } catch {
            start.console.complain(Self.message(error, programName: programName))
            switch error {
            case let error as SettingsError: return error.exitCode
            case let error as StartError: return error.exitCode
            default: return ProcessExit.failure
            }
        }
    }

    /// One line each; the pid file's message is Celery's.
    private static func message(_ error: any Error, programName: String) -> String {
        if let error = error as? StartError, error.exitCode == ProcessExit.locked { return "ERROR: \(error)" }
        return "\(error)".split(separator: "\n").map { "\(programName): error: \($0)" }.joined(separator: "\n")
    }

    private func serve(tasks: TaskRegistry, isDetached: Bool) async throws -> Int32 {
        let restart = Restart(executable: executable, environment: environment)
        ThisProcess.ignoreBrokenPipes()
        OperatingThread.limitHeaps(to: 4)
        // For this process only, not for programs that its tasks run.
        ThisProcess.removeVariable(Readiness.variable)
        if let folder = command.global.workdir { try ThisProcess.changeDirectory(folder) }
        if let mask = command.daemon.umask { ThisProcess.setFileModeMask(try Self.fileModeMask(mask)) }
        let effective = try loadSettings()
        let plan = try WorkerPlan(command, effective, environment, hostName: ThisProcess.hostName)
        let logger = try LogSetup.start(
            settings: effective.settings,
            path: plan.logFile,
            level: plan.level,
            noColor: command.global.noColor || environment["NO_COLOR"]?.isEmpty == false,
            takesOver: isDetached
        )
        let pidFile = try plan.pidFile.map { try acquire($0) }
        // A restarted program is the same process, and keeps its file.
        var isRestarting = false
        defer { if !isRestarting { pidFile?.release() } }
        if !command.global.quiet, !isDetached { console.print(banner(plan, tasks).text) }
        for warning in effective.warnings { logger.warning("\(warning)") }
        noteIgnoredOptions(logger)

        prepare()
        let configuration = try configuration(plan, tasks, logger)
        let worker = try Worker(configuration)
        let signals = SignalLines(worker: worker, logger: logger, environment: environment) { pidFile?.release() }
        let isTerminal = FileDescriptor.isTerminal(FileDescriptor.standardOutput)
        try SignalWatcher.watch(SignalLines.watched(isTerminal: isTerminal)) { signals.receive($0) }
        if isDetached { Detachment.reportReady(environment) }
        let code = await run(worker, logger)
        await finish()
        signals.finish()
        guard worker.isRestartRequested, code == ProcessExit.success else { return code }
        isRestarting = true
        let failure = restart.execute(logger)
        isRestarting = false
        return failure
    }

    private func run(_ worker: Worker, _ logger: Logger) async -> Int32 {
        do {
            return try await worker.run()
        } catch {
            logger.critical("The worker stops: \(error)")
            return ProcessExit.failure
        }
    }

    private func configuration(
        _ plan: WorkerPlan,
        _ tasks: TaskRegistry,
        _ logger: Logger
    ) throws -> WorkerConfiguration {
        let settings = plan.settings
        let backend = plan.results
        var configuration = WorkerConfiguration(
            settings: settings,
            queues: plan.queues,
            tasks: tasks,
            nodeName: plan.naming.nodeName,
            broker: try BrokerSetup.make(plan.effective, nodeName: plan.naming.nodeName, logger: logger),
            logger: logger,
            processorCount: ThisProcess.onlineCPUs,
            processID: ThisProcess.identifier,
            utcOffset: plan.utcOffset
        ) { publisher in
            switch backend {
            case .disabled: DisabledResultStore()
            case .rpc:
                RPCResultStore(
                    publisher: publisher,
                    isPersistent: settings.resultPersistent,
                    timeout: settings.publishTimeout
                )
            }
        }
        configuration.purgesQueues = command.queues.purge
        configuration.version = SwiftWorkerVersion.current
        configuration.celeryVersion = SwiftWorkerVersion.celery
        configuration.effective = plan.effective
        configuration.commands = commands
        configuration.autoscaleKeepalive = plan.autoscaleKeepalive
        configuration.controlLimits = plan.controlLimits
        configuration.controlStore = try ControlStoreSetup.make(plan.effective, path: plan.stateFile)
        if let address = plan.healthAddress { MonitoringSetup.serve(on: address, &configuration) }
        // Whoever started this process, systemd or `multi`, may want to know when the worker consumes.
        if let socket = environment[Readiness.variable], !socket.isEmpty {
            configuration.whenReady = { Readiness.report(to: socket) }
        }
        return configuration
    }

    private func acquire(_ path: String) throws(StartError) -> PIDFile {
        do {
            return try PIDFile.acquire(path) { console.complain($0) }
        } catch {
            switch error {
            case .locked(let owner):
                throw StartError(
                    "Pidfile (\(path)) already exists.\nSeems we're already running? (pid: \(owner))",
                    exitCode: ProcessExit.locked
                )
            case .system(let error):
                throw StartError("can't write the pid file: \(error)", exitCode: ProcessExit.failure)
            }
        }
    }

    private func banner(_ plan: WorkerPlan, _ tasks: TaskRegistry) -> Banner {
        let settings = plan.settings
        return Banner(
            nodeName: plan.naming.nodeName,
            version: SwiftWorkerVersion.current,
            platform: ThisProcess.platform,
            time: WallClock.localText(ofSecond: WallClock.now.seconds),
            app: programName,
            transport: Masking.url(settings.brokerReadURL ?? settings.brokerURL),
            results: plan.results.text,
            concurrency: Banner.concurrency(settings, processors: ThisProcess.onlineCPUs),
            queues: plan.queues,
            sendsEvents: settings.workerSendTaskEvents,
            tasks: plan.level.threshold <= .info ? tasks.names : nil
        )
    }

    private func noteIgnoredOptions(_ logger: Logger) {
        if command.global.app != nil || command.global.loader != nil || command.queues.include != nil {
            logger.debug("-A, -I and --loader are ignored: tasks are compiled in")
        }
        if command.daemon.executable != nil { logger.info("--executable is ignored: it names a Python interpreter") }
    }

    /// - Throws: `StartError` with one line for each option whose feature is not there yet.
    private func refuseWhatComesLater() throws(StartError) {
        let lines = WorkerOption.all.compactMap { option in
            option.missing.flatMap { missing in
                option.isGiven(command)
                    ? "\(option.title) is not supported yet; a later version brings it (\(missing))" : nil
            }
        }
        guard lines.isEmpty else { throw StartError(lines.joined(separator: "\n")) }
        if let profile = command.node.optimization, !["default", "fair"].contains(profile) {
            throw StartError("-O: expected default or fair, found '\(profile)'")
        }
        if command.pool.pool == "custom" { throw StartError("-P custom is for Python classes; use threads or solo") }
    }

    private func loadSettings() throws(SettingsError) -> EffectiveSettings {
        var loader = SettingsLoader(
            file: command.global.config,
            environment: environment,
            options: SettingsLoader.given(in: command.global),
            overrides: command.overrides
        )
        let values: [String: String?] = [
            "log-format": command.node.logFormat,
            "prefetch-multiplier": command.node.prefetchMultiplier,
            "disable-prefetch": command.node.disablePrefetch ? "true" : nil,
            "task-events": command.pool.taskEvents ? "true" : nil,
            "autoscale": command.features.autoscale,
            "concurrency": concurrency,
            "pool": command.pool.pool,
            "max-tasks-per-child": command.pool.maxTasksPerChild,
            "max-memory-per-child": command.pool.maxMemoryPerChild,
            "logfile": command.daemon.logfile,
            "pidfile": command.daemon.pidfile,
            "statedb": command.node.statedb,
        ]
        for option in WorkerOption.all {
            guard let setting = option.setting, let text = values[option.name] ?? nil else { continue }
            let source = arguments.variables[option.name].map { SettingSource.environment($0) } ?? .flag(option.title)
            loader.options.append(SettingsLoader.Given(setting: setting, text: text, source: source))
        }
        return try loader.load()
    }

    /// `-c`; zero leaves the setting as it is, as in Celery.
    private var concurrency: String? {
        switch command.pool.concurrency {
        case "0": nil
        case "auto": String(ThisProcess.usableCPUs)
        case let text: text
        }
    }

    private static func fileModeMask(_ text: String) throws(StartError) -> UInt32 {
        guard let mask = UInt32(text, radix: 8), mask <= 0o777 else {
            throw StartError("--umask: expected an octal number such as 022, found '\(text)'")
        }
        return mask
    }
}
