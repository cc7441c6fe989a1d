/// How names, labels and numbers are written in Prometheus' text format.
enum PrometheusText {
    /// A metric's name: what is not allowed in it becomes an underscore.
    static func name(_ label: String) -> String { name(label, allowsColon: true) }

    /// What stands between the braces.
    static func labels(_ dimensions: [(String, String)]) -> String {
        dimensions.map { "\(name($0.0, allowsColon: false))=\"\(value($0.1))\"" }.joined(separator: ",")
    }

    /// One line of a series.
    static func line(_ name: String, _ labels: String, _ value: String) -> String {
        labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
    }

    static func help(_ text: String) -> String { escape(text, quotes: false) }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
        return String(value)
    }

    private static func value(_ text: String) -> String { escape(text, quotes: true) }

    private static func escape(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    private static func name(_ label: String, allowsColon: Bool) -> String {
        var name = ""
        for (index, scalar) in label.unicodeScalars.enumerated() {
            let isLetter = ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_"
            let isDigit = index > 0 && ("0"..."9").contains(scalar)
            let isAllowed = isLetter || isDigit || (allowsColon && scalar == ":")
            name.unicodeScalars.append(isAllowed ? scalar : "_")
        }
        return name.isEmpty ? "_" : name
    }
}
