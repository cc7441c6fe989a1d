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

    /// The serializer's name, or the type once more, with the type in brackets, as kombu shows it.
    static func display(_ type: String) -> String {
        // Its control characters would forge log lines.
        let shown = type.unicodeScalars.prefix(256).map { $0.value < 32 || $0.value == 127 ? "?" : Character($0) }
        let type = String(shown)
        let name = types.first { $0.value == type }?.key ?? type
        return "\(name) (\(type))"
    }
}
