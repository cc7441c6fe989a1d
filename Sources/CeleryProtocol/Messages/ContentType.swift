/// The names and MIME types of kombu's serializers (Celery reference, 1.6).
enum ContentType {
    static let json = "application/json"

    private static let types = [
        "json": json,
        "pickle": "application/x-python-serialize",
        "yaml": "application/x-yaml",
        "msgpack": "application/x-msgpack",
    ]

    /// Types that kombu never refuses and never decodes.
    static func isTrusted(_ type: String) -> Bool {
        type == "application/data" || type == "application/text"
    }

    /// The MIME type of a serializer's name; a MIME type stays what it is.
    static func mimeType(_ nameOrType: String) -> String {
        types[nameOrType] ?? nameOrType
    }

    /// The type with its serializer's name before it, where it has one.
    static func display(_ type: String) -> String {
        guard let name = types.first(where: { $0.value == type })?.key else { return type }
        return "\(name) (\(type))"
    }
}
