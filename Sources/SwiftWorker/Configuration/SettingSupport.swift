/// What a setting does in this version.
public enum SettingSupport: Sendable, Hashable {
    case supported
    /// Known, and without effect until a later version; the text says what is missing.
    case laterVersion(String)
    /// Known, and without meaning for this worker; the text says why.
    case notApplicable(String)
    /// Known, and an error when set: ignoring it would lose work. The text says what to do instead.
    case refused(String)
}
