/// What the system knows of a file.
public struct FileFacts: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case file, folder
        /// A symbolic link.
        case link
        /// A device, a socket, a pipe.
        case other
    }

    /// Its name in its folder; bytes that are no UTF-8 are shown as U+FFFD.
    public let name: String
    public let kind: Kind
    /// In bytes.
    public let size: Int
    /// When its contents were last changed, in seconds since 1970.
    public let modifiedAt: Double
}
