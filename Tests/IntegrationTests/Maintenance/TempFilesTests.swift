import JSON
import Testing

@testable import ZoomUploader

extension MaintenanceTests {
    @Suite("Temporary files", .timeLimit(.minutes(2)))
    struct TempFilesTests {
        @Test("Plain files older than six hours go; nothing else does")
        func files() async throws {
            try await MaintenanceFixture.with { fixture in
                try fixture.write("storage/temp/old", hoursOld: 7)
                try fixture.write("storage/temp/.proc_1234", hoursOld: 100)
                try fixture.write("storage/temp/young", hoursOld: 5)
                try fixture.write("storage/temp/folder/old", hoursOld: 7)
                try fixture.write("storage/users/old", hoursOld: 7)
                try fixture.write("other/precious", hoursOld: 7)
                fixture.link("storage/temp/link", to: "../../other/precious")
                #expect(try await fixture.cleanupTemp() == ["status": "success", "deleted": 2, "errors": []])
                for path in [
                    "storage/temp/young", "storage/temp/folder/old", "storage/users/old", "other/precious",
                    "storage/temp/link",
                ] {
                    #expect(fixture.exists(path))
                }
                #expect(try await fixture.cleanupTemp()["deleted"] == 0)
                #expect(try await fixture.cleanupTemp(4.5)["deleted"] == 1)
            }
        }

        @Test("A scratch folder that is a link is not followed", arguments: ["../other", "users"])
        func linkedFolder(target: String) async throws {
            try await MaintenanceFixture.with { fixture in
                try fixture.write("other/precious", hoursOld: 7)
                try fixture.write("storage/users/precious", hoursOld: 7)
                fixture.link("storage/temp", to: target)
                let result = try await fixture.cleanupTemp()
                #expect(result["status"] == "error")
                #expect(fixture.exists("other/precious") && fixture.exists("storage/users/precious"))
            }
        }

        @Test("An age that would take what is in use is refused", arguments: [-1, -0.5, .infinity])
        func oddAge(hours: Double) async throws {
            try await MaintenanceFixture.with { fixture in
                try fixture.write("storage/temp/young")
                let error = "must be a number of hours, from 0 to 876000"
                #expect(
                    try await fixture.cleanupTemp(hours) == [
                        "status": "error", "error": .string("max_age_hours \(error)"),
                    ]
                )
                #expect(
                    try await fixture.resetStale(hours) == [
                        "status": "error", "error": .string("stale_hours \(error)"),
                    ]
                )
                #expect(fixture.exists("storage/temp/young"))
                #expect(try await fixture.advisoryLocksHeld() == 0)
            }
        }

        @Test("Many files, one pass")
        func large() async throws {
            try await MaintenanceFixture.with { fixture in
                for number in 0..<3000 { try fixture.write("storage/temp/\(number)", hoursOld: 7) }
                #expect(try await fixture.cleanupTemp()["deleted"] == 3000)
                #expect(try fixture.plainFiles("storage") == 0)
            }
        }
    }
}
