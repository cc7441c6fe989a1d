import Glibc

/// What Foundation's file manager lacks.
public enum Files {
    /// Renames a file over another one, so that a reader sees either the old or the new, never half of one.
    ///
    /// - Returns: Whether it was done; `false` when the two are on different file systems.
    /// - Throws: `.systemFailure` with the errno.
    public static func replace(_ path: String, with replacement: String) throws(ProcessError) -> Bool {
        guard rename(replacement, path) != 0 else { return true }
        guard errno != EXDEV else { return false }
        throw .system("\(replacement) can't be renamed to \(path)", errno)
    }
}
