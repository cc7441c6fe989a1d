import Platform
import Testing

@testable import ZoomUploader

@Suite("What may be removed")
struct StoragePathTests {
    static let storage = Storage(root: "/srv/app/")

    @Test(
        "Paths below storage/ are, relative or absolute",
        arguments: [
            ("storage/users/user_000012/recordings/7/source.mp4", "storage/users/user_000012/recordings/7/source.mp4"),
            ("./storage//users/./a.mp4", "storage/users/a.mp4"),
            ("/srv/app/storage/temp/a", "storage/temp/a"),
            ("//srv//app/storage/temp/a", "storage/temp/a"),
            ("storage/..a/b..", "storage/..a/b.."),
        ]
    )
    func below(path: String, expected: String) throws {
        #expect("\(try StoragePath(path, in: Self.storage))" == expected)
    }

    @Test(
        "Nothing else is: the application's own files, other folders, ways out, the folder itself",
        arguments: [
            "", "/", ".", "storage", "storage/", "storage/.", "/srv/app/storage", "config/creds.json",
            "../storage/a", "storage/../config/creds.json", "storage/users/../../config/creds.json", "storage/a/..",
            "/etc/passwd", "/srv/app2/storage/a", "/srv/storage/a", "/srv/app/../app/storage/a", "storage2/a",
            "Storage/a", "storage/a\0b", "/storage/a", "media/a",
        ]
    )
    func outside(path: String) {
        let error = #expect(throws: ZoomUploaderError.self) { try StoragePath(path, in: Self.storage) }
        #expect(error?.code == .invalid)
        #expect(error?.message.hasSuffix("is not below the storage folder and is left alone") == true)
    }

    @Test("The root may be the file system's")
    func root() throws {
        #expect("\(try StoragePath("/storage/a", in: Storage(root: "/")))" == "storage/a")
    }

    @Test(
        "A whole folder is a recording's when it has its number",
        arguments: [
            ("storage/users/user_000012/recordings/7/transcriptions", true),
            ("storage/users/user_000012/transcriptions/7", true),
            ("storage/users/user_000012/recordings/8/transcriptions", false),
            ("storage/users/user_000012/recordings", false),
            ("storage/users/user_000007", false), ("storage/users", false), ("storage/users/x/recordings/77/t", false),
        ]
    )
    func ownership(path: String, belongs: Bool) throws {
        #expect(try StoragePath(path, in: Self.storage).belongs(toRecording: 7) == belongs)
    }

    @Test("What is removed adds up, and one thing that is known is enough")
    func removals() {
        var removal = RecordingFiles.Removal()
        removal.add(.outOfReach)
        #expect(removal == .init(bytes: 0, isKnown: false))
        removal.add(.absent)
        #expect(removal == .init(bytes: 0, isKnown: true))
        removal.add(.removed(bytes: 3))
        removal.add(.removed(bytes: 4))
        #expect(removal == .init(bytes: 7, isKnown: true))
        var removed = RecordingFiles.Removal()
        removed.add(.removed(bytes: 0))
        #expect(removed.isKnown)
    }
}
