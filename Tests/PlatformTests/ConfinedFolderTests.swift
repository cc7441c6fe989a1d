import Foundation
import Glibc
import Testing

@testable import Platform

@Suite("Removing below a folder")
struct ConfinedFolderTests {
    @Test("A file goes, and what it held is told; one that is gone is absent")
    func file() throws {
        try Scratch.with { scratch throws in
            scratch.write("inside/a/b/file", "12345")
            #expect(try scratch.folder.removeFile(["a", "b", "file"]) == .removed(bytes: 5))
            #expect(!scratch.exists("inside/a/b/file"))
            #expect(try scratch.folder.removeFile(["a", "b", "file"]) == .absent)
            #expect(try scratch.folder.removeFile(["a", "other", "file"]) == .outOfReach)
            #expect(try scratch.folder.removeTree(["a", "other"]) == .absent)
            #expect(try scratch.folder.removeTree(["c", "other"]) == .outOfReach)
        }
    }

    @Test("A folder is no file, a file is no folder")
    func kinds() throws {
        try Scratch.with { scratch in
            scratch.write("inside/a/file", "1")
            expectErrno(EISDIR) { try scratch.folder.removeFile(["a"]) }
            expectErrno(ENOTDIR) { try scratch.folder.removeTree(["a", "file"]) }
            expectErrno(ENOTDIR) { try scratch.folder.removeFile(["a", "file", "x"]) }
            #expect(scratch.exists("inside/a/file"))
        }
    }

    @Test(
        "Names that lead elsewhere are refused",
        arguments: [["..", "outside"], ["a", "..", "..", "outside"], ["."], [""], ["a/../../outside"], ["a\0b"], []]
    )
    func oddNames(path: [String]) throws {
        try Scratch.with { scratch in
            scratch.write("outside/precious", "1")
            scratch.write("inside/a/file", "1")
            for remove in [scratch.folder.removeFile, scratch.folder.removeTree] {
                expectErrno(EINVAL) { try remove(path) }
            }
            #expect(scratch.exists("outside/precious") && scratch.exists("inside/a/file"))
        }
    }

    @Test("A link on the way is not followed; one at the end goes itself")
    func links() throws {
        try Scratch.with { scratch in
            scratch.write("outside/precious", "1")
            scratch.write("inside/file", "1")
            scratch.link("inside/way", to: "../outside")
            scratch.link("inside/end", to: "../outside/precious")
            expectErrno(ENOTDIR) { try scratch.folder.removeFile(["way", "precious"]) }
            #expect(throws: PlatformError.self) { try scratch.folder.removeTree(["way"]) }
            #expect(throws: PlatformError.self) {
                try scratch.folder.removeFiles(in: ["way"], where: { _ in true }, onFailure: { _, _ in })
            }
            guard case .removed = try scratch.folder.removeFile(["end"]) else {
                Issue.record("the link stays")
                return
            }
            #expect(!scratch.exists("inside/end"))
            #expect(scratch.exists("outside/precious"))
        }
    }

    @Test("A tree goes with all that is in it, and its links lead nowhere")
    func tree() throws {
        try Scratch.with { scratch in
            scratch.write("outside/precious", "1")
            scratch.write("inside/a/tree/one", "123")
            scratch.write("inside/a/tree/cache/deep/two", "45")
            scratch.write("inside/a/sibling", "6")
            scratch.link("inside/a/tree/folder-link", to: "../../../outside")
            scratch.link("inside/a/tree/cache/link", to: "../../../../outside/precious")
            scratch.link("inside/a/tree/dangling", to: "nowhere")
            try #require(mkfifo(scratch.path("inside/a/tree/pipe"), 0o600) == 0)
            // A name that is no UTF-8.
            let odd = Array(scratch.path("inside/a/tree/").utf8CString.dropLast()) + [CChar(bitPattern: 0xff), 0]
            let descriptor = open(odd, O_CREAT | O_WRONLY, 0o600)
            try #require(descriptor >= 0)
            close(descriptor)

            #expect(try scratch.folder.removeTree(["a", "tree"]) == .removed(bytes: 5))
            #expect(!scratch.exists("inside/a/tree"))
            #expect(scratch.exists("inside/a/sibling") && scratch.exists("outside/precious"))
        }
    }

    @Test("A tree that is too deep is an error, not a crash")
    func deepTree() throws {
        try Scratch.with { scratch in
            let path = (1...40).map { "\($0)" }.joined(separator: "/")
            scratch.write("inside/tree/\(path)/file", "1")
            expectErrno(ENAMETOOLONG) { try scratch.folder.removeTree(["tree"]) }
        }
    }

    @Test("Old plain files of a folder go; young ones, folders, links and pipes stay")
    func filesByAge() throws {
        try Scratch.with { scratch in
            let old = Date.now.addingTimeInterval(-7200)
            for name in ["old", "older", ".hidden"] { scratch.write("inside/temp/\(name)", "1", modified: old) }
            scratch.write("inside/temp/young", "1")
            scratch.write("inside/temp/folder/old", "1", modified: old)
            scratch.write("outside/precious", "1", modified: old)
            scratch.link("inside/temp/link", to: "../../outside/precious")
            try #require(mkfifo(scratch.path("inside/temp/pipe"), 0o600) == 0)
            let limit = Date.now.timeIntervalSince1970 - 3600
            let removed = try scratch.folder.removeFiles(
                in: ["temp"],
                where: { $0.modifiedAt < limit },
                onFailure: { Issue.record("\($0): \($1)") }
            )
            #expect(removed == 3)
            #expect(scratch.names("inside/temp") == ["folder", "link", "pipe", "young"])
            #expect(scratch.exists("inside/temp/folder/old") && scratch.exists("outside/precious"))
            let none = try scratch.folder.removeFiles(in: ["none"], where: { _ in true }, onFailure: { _, _ in })
            #expect(none == nil)
        }
    }

    @Test("A walk ends with what the question throws")
    func interruptedWalk() throws {
        struct Enough: Error {}
        try Scratch.with { scratch in
            for number in 0..<5 { scratch.write("inside/temp/\(number)", "1") }
            var asked = 0
            #expect(throws: Enough.self) {
                try scratch.folder.removeFiles(
                    in: ["temp"],
                    where: { _ in
                        asked += 1
                        guard asked < 3 else { throw Enough() }
                        return true
                    },
                    onFailure: { _, _ in }
                )
            }
            #expect(scratch.names("inside/temp").count == 3)
        }
    }

    @Test("Whether the folder is there, and empty; a link to it is its owner's business")
    func opening() throws {
        try Scratch.with { scratch in
            #expect(try ConfinedFolder(scratch.path("nowhere")) == nil)
            #expect(try scratch.folder.isEmpty())
            scratch.write("inside/a", "1")
            #expect(try !scratch.folder.isEmpty())
            scratch.link("linked", to: "inside")
            let linked = try #require(try ConfinedFolder(scratch.path("linked")))
            #expect(try linked.removeFile(["a"]) == .removed(bytes: 1))
            scratch.write("plain", "1")
            expectErrno(ENOTDIR) { try ConfinedFolder(scratch.path("plain")) }
        }
    }

    /// A folder that turns into a link and back all the time, while a file is removed through it.
    @Test("A folder that is swapped for a link at that very moment leads nowhere", .timeLimit(.minutes(1)))
    func swapping() throws {
        try Scratch.with { scratch in
            scratch.write("outside/file", "precious")
            scratch.write("inside/way/file", "1")
            scratch.link("inside/link", to: "../outside")
            let names = (way: scratch.path("inside/way"), link: scratch.path("inside/link"))
            let aside = scratch.path("inside/aside")
            let ended = DispatchSemaphore(value: 0)
            let swapper = Thread {
                defer { ended.signal() }
                while !Thread.current.isCancelled {
                    rename(names.way, aside)
                    rename(names.link, names.way)
                    rename(names.way, names.link)
                    rename(aside, names.way)
                }
            }
            swapper.start()
            defer {
                swapper.cancel()
                ended.wait()
            }
            var refused = 0
            var seen = 0
            let deadline = ContinuousClock.now + .seconds(30)
            while refused < 200 || seen < 200, .now < deadline {
                do {
                    if try scratch.folder.removeFile(["way", "file"]) != .outOfReach { seen += 1 }
                } catch {
                    refused += 1
                }
            }
            #expect(refused >= 200 && seen >= 200)
            #expect(scratch.exists("outside/file"))
        }
    }
}

private func expectErrno<R>(
    _ expected: Int32,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> R
) {
    let error = #expect(throws: PlatformError.self, sourceLocation: sourceLocation) { _ = try body() }
    #expect(error?.errno == expected, sourceLocation: sourceLocation)
}

/// A folder `inside` to remove in, with an outside, for one test.
private struct Scratch {
    let root: String
    let folder: ConfinedFolder

    static func with(_ body: (Scratch) throws -> Void) throws {
        let root = FileManager.default.temporaryDirectory.path + "/confined-\(UInt32.random(in: 0...UInt32.max))"
        try FileManager.default.createDirectory(atPath: root + "/inside", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: root) }
        let folder = try #require(try ConfinedFolder(root + "/inside"))
        try body(Scratch(root: root, folder: folder))
    }

    func path(_ name: String) -> String { "\(root)/\(name)" }
    func exists(_ name: String) -> Bool { access(path(name), F_OK) == 0 }
    func names(_ folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path(folder))) ?? []).sorted()
    }

    func write(_ name: String, _ text: String, modified: Date? = nil) {
        let file = URL(filePath: path(name))
        do {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(text.utf8).write(to: file)
            guard let modified else { return }
            try FileManager.default.setAttributes([.modificationDate: modified], ofItemAtPath: file.path)
        } catch {
            Issue.record("\(name): \(error)")
        }
    }

    func link(_ name: String, to target: String) {
        #expect(symlink(target, path(name)) == 0)
    }
}
