extension SettingDefinition {
    static let monitoring: [SettingDefinition] = [
        .supported(
            "swiftworker_health_address",
            \.healthAddress,
            .healthAddress,
            "Where /livez, /readyz, /startupz and /metrics are served: 127.0.0.1:9808, 9808, unix:/path; null is nowhere."
        ),
        .supported(
            "swiftworker_metrics_tasks",
            \.metricsTasks,
            .integer(1...10_000),
            "How many task types have metrics of their own; the others share 'other'."
        ),
    ]
}
