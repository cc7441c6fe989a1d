/// What every task of a recording returns (application reference, 3.2), members in this order.
public struct TaskResult<Details: Encodable & Sendable>: Encodable, Sendable {
    public var taskID: String
    public var userID: String
    public var status: String
    public var recordingID: Int
    public var result: Details

    enum CodingKeys: String, CodingKey {
        case taskID = "task_id"
        case userID = "user_id"
        case status
        case recordingID = "recording_id"
        case result
    }
}
