/// Colours for a terminal; elsewhere text stays as it is.
struct TextStyle: Sendable, Hashable {
    enum Colour: Int {
        case red = 31
        case green = 32
        case yellow = 33
        case cyan = 36
        case white = 37
    }

    var isColoured: Bool

    static let plain = TextStyle(isColoured: false)

    func callAsFunction(_ text: String, _ colour: Colour, isBold: Bool = false) -> String {
        guard isColoured else { return text }
        return "\u{1B}[\(colour.rawValue)m\(isBold ? "\u{1B}[1m" : "")\(text)\u{1B}[0m"
    }
}
