import FoundationEssentials
import Logging
import Platform
import Postgres
import SwiftWorker

/// Removes what broken runs left in the scratch folder: `maintenance.cleanup_temp_files` (application reference,
/// 4.16).
struct CleanupTempFiles: WorkerTask {
    static let name = "maintenance.cleanup_temp_files"

    struct Arguments: Decodable {
        /// Older files go, by the time of their last change. 6 unless given.
        var maxAgeHours: Double?
    }

    struct Report: Encodable, Sendable, Hashable {
        var status = "success"
        var deleted = 0
        var errors: [String] = []
        /// Only when there is no scratch folder.
        var message: String?
    }

    let services: Services

    func run(_ arguments: Arguments, _ context: TaskContext) async throws -> MaintenanceResult<Report> {
        let run = MaintenanceRun(services: services, context: context)
        return try await run.holding(.cleanupTempFiles) { _ in
            let age = try MaintenanceAge(hours: arguments.maxAgeHours ?? 6, argument: "max_age_hours")
            let cutoff = Date.now.timeIntervalSince1970 - age.hours * 3600
            var tally = Tally()
            let deleted = try ConfinedFolder(services.storage.absolute(Storage.folder))?.removeFiles(
                in: [Storage.temporaryFolder],
                where: { file in
                    try Task.checkCancellation()
                    return file.modifiedAt < cutoff
                },
                onFailure: { name, error in try tally.fail(name, error, run.logger) }
            )
            run.logger.info("\(deleted ?? 0) temporary files deleted, \(tally.errorCount) errors")
            return Report(
                status: tally.status,
                deleted: deleted ?? 0,
                errors: tally.errors,
                message: deleted == nil ? "There is no folder for temporary files" : nil
            )
        }
    }
}
