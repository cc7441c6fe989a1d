/// A `multi` command line that makes no sense. Celery's exit code for it is 1.
struct MultiError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
