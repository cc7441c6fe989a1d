/// The version of swiftworker, and of the Celery whose protocol it speaks.
public enum SwiftWorkerVersion {
    public static let current = "0.1.0"
    public static let celery = "5.7"
}
