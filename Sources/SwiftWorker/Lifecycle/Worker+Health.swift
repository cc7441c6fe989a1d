extension Worker {
    /// What is known of the worker's health. `WorkerConfiguration.isMonitored` has it kept fresh.
    public var health: WorkerHealth {
        if shutdown.phase != .running { monitor.take(.stopping) }
        return monitor.current
    }

    /// Brings up to date what is not recorded as it happens: to be called before metrics are shown.
    public func collectMetrics() { metrics?.collect(corridor, counters, health, configuration) }
}
