/// How old something must be for a task to take it, as its caller says.
struct MaintenanceAge: Sendable, Hashable {
    let hours: Double

    /// - Throws: `.invalid` for anything but a number of hours from 0 to a hundred years. A negative one would take
    ///   what is in use right now.
    init(hours: Double, argument: String) throws(ZoomUploaderError) {
        guard (0...876_000).contains(hours) else {
            throw .invalid("\(argument) must be a number of hours, from 0 to 876000")
        }
        self.hours = hours
    }
}
