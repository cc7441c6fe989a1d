public import JSON

extension PythonRepr {
    /// A bounded repr, as Celery prints results: at most about `maxLength` characters and `maxLevels` levels.
    public static func safeRepr(
        _ value: JSONValue,
        maxLength: Int? = maxLength,
        maxLevels: Int = maxLevels
    ) -> String {
        var writer = SafeRepr(maxLength: maxLength, maxLevels: maxLevels)
        writer.append(value)
        return writer.text
    }

    /// A bounded repr, see `safeRepr(_:)`.
    public static func safeRepr(
        _ node: JSONNode,
        maxLength: Int? = maxLength,
        maxLevels: Int = maxLevels
    ) -> String {
        var writer = SafeRepr(maxLength: maxLength, maxLevels: maxLevels)
        writer.append(node)
        return writer.text
    }

    /// A bounded repr of positional arguments: a tuple (Celery reference, 1.5).
    public static func safeRepr(
        args: [JSONValue],
        maxLength: Int? = maxLength,
        maxLevels: Int = maxLevels
    ) -> String {
        var writer = SafeRepr(maxLength: maxLength, maxLevels: maxLevels)
        writer.append(tuple: args)
        return writer.text
    }

    /// A bounded repr of positional arguments: a tuple (Celery reference, 1.5).
    public static func safeRepr(
        args: JSONNode,
        maxLength: Int? = maxLength,
        maxLevels: Int = maxLevels
    ) -> String {
        var writer = SafeRepr(maxLength: maxLength, maxLevels: maxLevels)
        writer.append(tuple: args)
        return writer.text
    }
}
