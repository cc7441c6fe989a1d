extension SettingType where Value == [RouteSettings] {
    /// `task_routes`: a map of patterns to a queue or to options, or a list of such maps.
    static var routes: SettingType {
        let expectation = "a map of task name patterns to a queue, or to a map with 'queue'"
        return SettingType(expectation) { node throws(SettingsError) -> [RouteSettings] in
            switch node.content {
            case .null: return []
            case .map(let entries):
                var routes: [RouteSettings] = []
                for entry in entries { routes.append(try route(entry)) }
                return routes
            case .list(let items):
                var routes: [RouteSettings] = []
                for item in items {
                    guard case .map(let entries) = item.content else { throw item.mismatch(expectation) }
                    for entry in entries { routes.append(try route(entry)) }
                }
                return routes
            default: throw node.mismatch(expectation)
            }
        } show: { routes in
            ConfigurationNode(.map(routes.map { ConfigurationEntry(key: $0.pattern, value: shown($0)) }))
        }
    }

    private static func route(_ entry: ConfigurationEntry) throws(SettingsError) -> RouteSettings {
        if case .string(let queue) = entry.value.content, !queue.isEmpty {
            return RouteSettings(pattern: entry.key, queue: queue)
        }
        let what = "task_routes['\(entry.key)']"
        let reader = try KeyedReader(entry.value, what: what, keys: ["queue", "exchange", "routing_key"])
        let route = RouteSettings(
            pattern: entry.key,
            queue: try reader.read("queue", .string),
            exchange: try reader.read("exchange", .string),
            routingKey: try reader.read("routing_key", .string)
        )
        guard route.queue != nil || route.exchange != nil || route.routingKey != nil else {
            throw SettingsError(.invalidValue, "\(what) names no queue", source: entry.value.source)
        }
        return route
    }

    private static func shown(_ route: RouteSettings) -> ConfigurationNode {
        if let queue = route.queue, route.exchange == nil, route.routingKey == nil {
            return ConfigurationNode(.string(queue))
        }
        let pairs = [("queue", route.queue), ("exchange", route.exchange), ("routing_key", route.routingKey)]
        return ConfigurationNode(
            .map(
                pairs.compactMap { key, value in
                    value.map { ConfigurationEntry(key: key, value: ConfigurationNode(.string($0))) }
                }
            )
        )
    }
}
