/// Takes secrets out of what is printed.
public enum Masking {
    /// Replaces the password of each `;`-separated URL by `**`, and the values of password-like query keys.
    ///
    /// What can't be taken apart is masked rather too much than too little: a password may hold an unescaped `@`, `/`
    /// or `;`.
    public static func url(_ text: String) -> String {
        text.split(separator: ";", omittingEmptySubsequences: false).map { one(String($0)) }.joined(separator: ";")
    }

    /// Tells whether a setting's or option's name promises a secret.
    public static func isSecret(key: String) -> Bool {
        let key = key.lowercased()
        return exactKeys.contains(key) || key.hasSuffix("_pass") || secretWords.contains { key.contains($0) }
    }

    private static let exactKeys: Set<String> = ["key", "pass", "pwd", "sig"]
    private static let secretWords = [
        "password", "passwd", "passphrase", "passcode", "secret", "token", "credential", "signature", "api_key",
        "apikey", "access_key", "accesskey", "account_key", "accountkey", "private_key", "privatekey",
    ]

    /// What stands for a password-like value.
    public static let hidden = "********"

    private static func one(_ url: String) -> String {
        var head = url[...]
        var query = ""
        if let mark = url.lastIndex(of: "?"), !url[mark...].contains("@") {
            head = url[..<mark]
            query = "?" + maskedQuery(url[url.index(after: mark)...])
        }
        let start = authorityStart(of: head)
        guard let at = head[start...].lastIndex(of: "@") else {
            return withoutAt(head, authority: start) + query
        }
        guard let colon = head[start..<at].firstIndex(of: ":") else { return String(head) + query }
        return head[..<colon] + ":**" + head[at...] + query
    }

    private static func authorityStart(of url: Substring) -> Substring.Index {
        var index = url.startIndex
        while index < url.endIndex {
            if url[index...].hasPrefix("://") { return url.index(index, offsetBy: 3) }
            index = url.index(after: index)
        }
        return url.startIndex
    }

    /// What follows a colon is a port, or else the first half of a password that holds a `;`.
    private static func withoutAt(_ url: Substring, authority: Substring.Index) -> String {
        guard let colon = url[authority...].lastIndex(of: ":"), !url[authority...].hasPrefix("[") else {
            return String(url)
        }
        let port = url[url.index(after: colon)...].prefix { $0 != "/" }
        return port.allSatisfy(\.isNumber) ? String(url) : url[...colon] + "**"
    }

    private static func maskedQuery(_ query: Substring) -> String {
        query.split(separator: "&", omittingEmptySubsequences: false).map { pair in
            guard let equal = pair.firstIndex(of: "="), isSecret(key: String(pair[..<equal])) else {
                return String(pair)
            }
            return pair[...equal] + "**"
        }.joined(separator: "&")
    }
}
