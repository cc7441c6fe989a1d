/// The arguments of a `multi` command, as Celery reads them (`celery/apps/multi.py`): names of nodes, options for all
/// nodes, options for some (`-c:1-3 5`, `-Q:images,video a`), and after `--` what is passed on as it is.
///
/// Two things that break a worker's command line in Celery are understood here: a long option of a worker may be
/// followed by its value without `=`, and an option without value, such as `-E`, does not swallow the node after it.
struct MultiArguments: Sendable, Hashable {
    private(set) var names: [String] = []
    private(set) var options = OptionList()
    private(set) var namespaces = OptionNamespaces()
    /// `--` and all that follows.
    private(set) var passedOn: [String] = []
    /// `-9`, `-QUIT`, `-SIGINT`; the last one counts.
    private(set) var signal: StopSignal?

    /// - Parameter takesSignal: whether `-TERM` and the like are signals, not options.
    /// - Throws: `MultiError` for a lone hyphen.
    init(_ words: [String], takesSignal: Bool = false) throws(MultiError) {
        var rest = words.filter { !$0.isEmpty }[...]
        while let word = rest.popFirst() {
            if word == "--" {
                passedOn = [word] + rest
                return
            }
            guard word.hasPrefix("-") else {
                names.append(word)
                continue
            }
            guard word.count > 1 else { throw MultiError("a lone '-' is no option") }
            if takesSignal, let found = StopSignal(option: word) {
                signal = found
            } else if word.hasPrefix("--") {
                addLong(word, &rest)
            } else {
                addShort(word, &rest)
            }
        }
    }

    /// Takes an option that is for `multi`, so that it is not passed on.
    mutating func take(_ name: String) -> OptionList.Option? { options.remove(name) }

    /// Says where the folder is that `--workdir` names, whatever folder its reader starts from.
    mutating func replaceWorkdir(with path: String) { options.set("--workdir", path) }

    private mutating func addLong(_ word: String, _ rest: inout ArraySlice<String>) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let (name, namespace) = Self.namespace(in: parts[0])
        var value = parts.count > 1 ? parts[1] : nil
        if value == nil, OptionSpelling.takesValue(name) == true, let next = rest.first, !next.hasPrefix("-") {
            value = next
            rest.removeFirst()
        }
        add(name, value, namespace)
    }

    private mutating func addShort(_ word: String, _ rest: inout ArraySlice<String>) {
        let letter = String(word.prefix(2))
        let tail = word.dropFirst(2)
        if OptionSpelling.takesValue(letter) == true, let first = tail.first, first != ":" {
            return add(letter, String(tail), nil)
        }
        let (name, namespace) = Self.namespace(in: word)
        guard OptionSpelling.takesValue(letter) != false, let next = rest.first, !next.hasPrefix("-") else {
            return add(name, nil, namespace)
        }
        rest.removeFirst()
        add(name, next, namespace)
    }

    /// The worker gets its arguments as they are. Celery's passes them through a shell's splitting, so scripts quote
    /// them once more.
    private mutating func add(_ name: String, _ value: String?, _ namespace: String?) {
        var value = value
        if let text = value, let words = ShellWords.split(text), words.count == 1 { value = words[0] }
        if let namespace {
            namespaces.set(name, value, for: namespace)
        } else {
            options.set(name, value)
        }
    }

    private static func namespace(in word: String) -> (name: String, namespace: String?) {
        guard let colon = word.firstIndex(of: ":") else { return (word, nil) }
        return (String(word[..<colon]), String(word[word.index(after: colon)...]))
    }
}
