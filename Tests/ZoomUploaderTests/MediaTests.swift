import Testing

@testable import ZoomUploader

@Suite("Command lines, paths and settings")
struct MediaTests {
    @Test("ffmpeg's arguments are V1's, with numbers as Python writes floats")
    func arguments() {
        #expect(
            FFmpegArguments.detectSilence(in: "/a.mp3", threshold: -40, minDuration: 2).suffix(8)
                == [
                    "-threads", "1", "-i", "/a.mp3", "-af", "silencedetect=noise=-40.0dB:d=2.0", "-f", "null", "-",
                ].suffix(8)
        )
        #expect(
            FFmpegArguments.trimVideo("/a.mp4", start: 54.6, end: 100.1, to: "/b.mp4").suffix(12)
                == [
                    "-i", "/a.mp4", "-ss", "54.6", "-t", "45.49999999999999", "-c:v", "copy", "-c:a", "copy", "-y",
                    "/b.mp4",
                ].suffix(12)
        )
        #expect(
            FFmpegArguments.trimAudio("/a.mp3", start: 0, duration: 1e-5, to: "/b.mp3").suffix(9)
                == [
                    "-ss", "0.0", "-t", "1e-05", "-i", "/a.mp3", "-c", "copy", "-y", "/b.mp3",
                ].suffix(9)
        )
        #expect(
            FFmpegArguments.extractAudio(from: "/a.mp4", to: "/b.mp3").suffix(11) == [
                "-vn", "-acodec", "libmp3lame", "-ab", "64k", "-ar", "16000", "-ac", "1", "-y", "/b.mp3",
            ]
        )
    }

    @Test("Paths are V1's, under the root")
    func paths() {
        let storage = Storage(root: "/srv/app/")
        #expect(storage.recordingFolder(userSlug: 7, recordingID: 42) == "storage/users/user_000007/recordings/42")
        #expect(
            storage.recordingFolder(userSlug: 1_234_567, recordingID: 1)
                == "storage/users/user_1234567/recordings/1"
        )
        #expect(storage.absolute("storage/a.mp4") == "/srv/app/storage/a.mp4")
        #expect(storage.absolute("-i") == "/srv/app/-i")
        #expect(storage.absolute("http://host/a") == "/srv/app/http://host/a")
        #expect(storage.absolute("/elsewhere/a.mp4") == "/elsewhere/a.mp4")
        #expect(Storage(root: "/").absolute("a") == "/a")
        let names = [storage.temporaryAudio(recordingID: 42), storage.temporaryAudio(recordingID: 42)]
        #expect(names[0] != names[1])
        #expect(names.allSatisfy { $0.hasPrefix("storage/temp/42_full_audio_") && $0.hasSuffix(".mp3") })
    }

    @Test("A file in the making lies beside its place and has its extension")
    func staging() {
        let staged = StagedFile(for: "/srv/recordings/42/video.mp4")
        #expect(staged.path.hasPrefix("/srv/recordings/42/.video."))
        #expect(staged.path.hasSuffix(".mp4"))
        #expect(staged.path != staged.destination)
    }

    @Test("The environment's variables are read")
    func environment() throws {
        let parts = [
            "DATABASE_HOST": "db", "DATABASE_PORT": "5433", "DATABASE_NAME": "zoom", "DATABASE_USER": "ann",
            "DATABASE_PASSWORD": "hush", "ZOOMUPLOADER_STORAGE_ROOT": "/srv",
        ]
        let configuration = ZoomUploaderConfiguration(environment: parts)
        #expect("\(try configuration.database.get())" == "postgresql://ann@db:5433/zoom")
        #expect(configuration.storageRoot == "/srv")
        let url = ["DATABASE_URL": "postgresql+asyncpg://bob:hush@other/app", "DATABASE_HOST": "db"]
        let byURL = ZoomUploaderConfiguration(environment: url)
        #expect("\(try byURL.database.get())" == "postgresql://bob@other/app")
        #expect(byURL.storageRoot.hasPrefix("/"))
    }

    @Test(
        "What is missing or wrong is said, without the password",
        arguments: [
            [:], ["DATABASE_HOST": "db"], ["DATABASE_URL": "mysql://ann:hush@db/zoom"],
            ["DATABASE_URL": "postgresql://db/zoom", "DATABASE_POOL_SIZE": "0"],
            ["DATABASE_HOST": "db", "DATABASE_NAME": "n", "DATABASE_USER": "u", "DATABASE_PORT": "x"],
        ]
    )
    func missing(environment: [String: String]) {
        let configuration = ZoomUploaderConfiguration(environment: environment)
        let error = #expect(throws: ZoomUploaderError.self) { try configuration.database.get() }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains("DATABASE_") == true)
        #expect(error?.message.contains("hush") == false)
    }
}
