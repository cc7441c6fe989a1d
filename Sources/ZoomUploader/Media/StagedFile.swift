import FoundationEssentials
import Processes

/// A file in the making: written under a name of its own beside its place, then renamed into it. A run that is killed
/// leaves the place as it was.
struct StagedFile: Sendable {
    /// Where it belongs, absolute.
    let destination: String
    /// What to write to, absolute; it has the destination's extension, by which ffmpeg picks the format.
    let path: String

    init(for destination: String) {
        self.destination = destination
        let name = destination.split(separator: "/").last ?? ""
        let folder = destination.dropLast(name.count)
        let stem = name.lastIndex(of: ".").map { name[..<$0] } ?? name
        path = "\(folder).\(stem).\(Storage.suffix())\(name.dropFirst(stem.count))"
    }

    /// Puts the file into its place, over an older one.
    func commit() throws {
        _ = try Files.replace(destination, with: path)
    }

    /// Moves a finished file to where this one is written; also from another file system.
    func take(_ source: String) throws {
        guard try !Files.replace(path, with: source) else { return }
        try FileManager.default.copyItem(atPath: source, toPath: path)
        try FileManager.default.removeItem(atPath: source)
    }

    /// Removes what was written, if it was not committed.
    func discard() {
        try? FileManager.default.removeItem(atPath: path)
    }
}
