import CeleryProtocol
import ControlStores
import Foundation
import OrderedCollections
import SwiftWorker
import OrderedCollections
import Testing

/// The control store in a file.
@Suite struct FileControlStoreTests {
    private let limits = ControlLimits()

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "state-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder.path)
    }

    @Test func keepsWhatItIsTold() async throws {
        try await withFolder { folder in
            let store = FileControlStore(path: folder + "/state")
            #expect(try await store.load(for: "w@h", limits) == ControlState())
            try await store.keep(.revoked(ids: ["a", "b"]), for: .everyone, limits)
            try await store.keep(.rateLimit(task: "t", limit: "5/s"), for: .node("w@h"), limits)
            let later = try await FileControlStore(path: folder + "/state").load(for: "w@h", limits)
            #expect(later == ControlState(revokedIDs: ["a", "b"], rateLimits: ["t": "5/s"]))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["state"])
        }
    }

    @Test func whatIsNoStateIsNotOverwritten() async throws {
        try await withFolder { folder in
            let path = folder + "/state"
            try Data("a pickle".utf8).write(to: URL(filePath: path))
            let store = FileControlStore(path: path)
            let error = await #expect(throws: ControlStoreError.self) { try await store.load(for: "w@h", limits) }
            #expect(error?.kind == .refused && error?.description.contains(path) == true)
            await #expect(throws: ControlStoreError.self) {
                try await store.keep(.revoked(ids: ["a"]), for: .everyone, limits)
            }
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "a pickle")
        }
    }

    @Test func aFolderThatIsMissingIsTold() async throws {
        let store = FileControlStore(path: "/nonexistent/state")
        let error = await #expect(throws: ControlStoreError.self) { try await store.load(for: "w@h", limits) }
        #expect(error?.description.contains("/nonexistent/state.new") == true)
    }
}
