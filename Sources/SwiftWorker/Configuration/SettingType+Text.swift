extension SettingType where Value == String {
    /// Any text that is not empty.
    static var string: SettingType {
        let expectation = "a string"
        return SettingType(expectation) { node throws(SettingsError) -> String in
            switch node.content {
            case .string(let value), .text(let value):
                guard !value.isEmpty else { throw node.invalid("a string that is not empty", found: "''") }
                return value
            default: throw node.mismatch(expectation)
            }
        } show: {
            ConfigurationNode(.string($0))
        }
    }

    /// One of the given words.
    static func choice(_ words: [String]) -> SettingType {
        let expectation = "one of " + words.joined(separator: ", ")
        return SettingType(expectation) { node throws(SettingsError) -> String in
            let word = try SettingType.string.read(node)
            guard words.contains(word) else {
                throw node.invalid(expectation, found: "'\(word)'" + Suggestion.hint(for: word, among: words))
            }
            return word
        } show: {
            ConfigurationNode(.string($0))
        }
    }

    /// A URL, or several separated by `;` or in a list. Its password is masked when shown.
    static var url: SettingType {
        let expectation = "a URL or a list of URLs"
        return SettingType(expectation) { node throws(SettingsError) -> String in
            guard case .list(let items) = node.content else {
                switch node.content {
                case .string(let value) where !value.isEmpty, .text(let value) where !value.isEmpty: return value
                // Never the value itself: it may hold a password.
                default: throw SettingsError(.wrongType, "expected \(expectation)", source: node.source)
                }
            }
            var urls: [String] = []
            for item in items {
                guard case .string(let value) = item.content, !value.isEmpty else {
                    throw SettingsError(.wrongType, "expected \(expectation)", source: item.source)
                }
                urls.append(value)
            }
            guard !urls.isEmpty else {
                throw SettingsError(.invalidValue, "expected \(expectation)", source: node.source)
            }
            return urls.joined(separator: ";")
        } show: {
            ConfigurationNode(.string(Masking.url($0)))
        }
    }
}

extension SettingType where Value == String {
    /// The URL of a PostgreSQL database. Its password is masked when shown.
    static var databaseURL: SettingType {
        let expectation = "postgresql://user:password@host/database"
        return SettingType(expectation) { node throws(SettingsError) -> String in
            let url = try SettingType.url.read(node)
            let scheme = url.prefix { $0 != ":" && $0 != "+" }.lowercased()
            // Never the value itself, as above.
            guard ["postgresql", "postgres"].contains(scheme), url.contains("://") else {
                throw SettingsError(.invalidValue, "expected \(expectation)", source: node.source)
            }
            return url
        } show: {
            SettingType.url.show($0)
        }
    }
}

extension SettingType where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of an enumeration's words.
    static var choice: SettingType {
        let words = SettingType<String>.choice(Value.allCases.map(\.rawValue))
        return SettingType(words.expectation) { node throws(SettingsError) -> Value in
            guard let value = Value(rawValue: try words.read(node)) else { throw node.mismatch(words.expectation) }
            return value
        } show: {
            ConfigurationNode(.string($0.rawValue))
        }
    }
}

extension SettingType where Value == PoolKind {
    /// A pool by any of Celery's names.
    static var pool: SettingType {
        let words = SettingType<String>.choice(PoolKind.names)
        return SettingType(words.expectation) { node throws(SettingsError) -> PoolKind in
            guard let value = PoolKind(name: try words.read(node)) else { throw node.mismatch(words.expectation) }
            return value
        } show: {
            ConfigurationNode(.string($0.rawValue))
        }
    }
}

extension SettingType where Value == [String] {
    /// A list of texts; in a variable or flag, separated by commas.
    static var strings: SettingType {
        let expectation = "a list of strings"
        return SettingType(expectation) { node throws(SettingsError) -> [String] in
            switch node.content {
            case .text(let text): return commaSeparated(text)
            case .list(let items):
                var values: [String] = []
                for item in items { values.append(try SettingType<String>.string.read(item)) }
                return values
            default: throw node.mismatch(expectation)
            }
        } show: {
            ConfigurationNode(.list($0.map { ConfigurationNode(.string($0)) }))
        }
    }
}

/// Splits `a, b` at its commas, without empty parts.
public func commaSeparated(_ text: String) -> [String] {
    text.split(separator: ",").map { part in
        let head = part.drop { $0 == " " || $0 == "\t" }
        return String(head.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }.filter { !$0.isEmpty }
}
