extension ConfigurationNode: ExpressibleByNilLiteral {
    public init(nilLiteral: ()) { self.init(.null) }
}

extension ConfigurationNode: ExpressibleByBooleanLiteral {
    public init(booleanLiteral value: Bool) { self.init(.bool(value)) }
}

extension ConfigurationNode: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int) { self.init(.integer(value)) }
}

extension ConfigurationNode: ExpressibleByFloatLiteral {
    public init(floatLiteral value: Double) { self.init(.double(value)) }
}

extension ConfigurationNode: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self.init(.string(value)) }
}

extension ConfigurationNode: ExpressibleByArrayLiteral {
    public init(arrayLiteral elements: ConfigurationNode...) { self.init(.list(elements)) }
}

extension ConfigurationNode: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, ConfigurationNode)...) {
        self.init(.map(elements.map { ConfigurationEntry(key: $0.0, value: $0.1) }))
    }
}
