/// A line of a screen: texts, each with how it looks.
struct ScreenLine: Sendable, Hashable, ExpressibleByStringLiteral {
    /// How a text looks.
    struct Look: Sendable, Hashable {
        enum Colour: Int, Sendable {
            case red = 31
            case green = 32
            case yellow = 33
            case magenta = 35
            case cyan = 36
        }

        var colour: Colour?
        var isBold = false
        var isDim = false
        /// The line that is chosen.
        var isReversed = false

        static let plain = Look()
        static let bold = Look(isBold: true)
        static let dim = Look(isDim: true)

        static func coloured(_ colour: Colour?) -> Look { Look(colour: colour) }
    }

    struct Span: Sendable, Hashable {
        var text: String
        var look: Look
    }

    var spans: [Span]

    init(_ text: String = "", _ look: Look = .plain) {
        spans = [Span(text: text, look: look)]
    }

    init(stringLiteral text: String) {
        self.init(text)
    }

    /// The text without looks.
    var text: String { spans.map(\.text).joined() }

    func adding(_ text: String, _ look: Look = .plain) -> ScreenLine {
        var line = self
        line.spans.append(Span(text: text, look: look))
        return line
    }

    /// The same line, chosen.
    var reversed: ScreenLine {
        var line = self
        for index in line.spans.indices { line.spans[index].look.isReversed = true }
        return line
    }
}
