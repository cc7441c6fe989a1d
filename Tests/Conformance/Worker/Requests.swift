import BrokerModel
import JSON
import OrderedCollections
import SwiftWorker

struct ReturnProperties: WorkerTask {
    static let name = "\(module).return_properties"
    struct Arguments: Decodable {}

    func run(_ arguments: Arguments, _ context: TaskContext) -> [String: String?] {
        let properties = context.request.properties
        return [
            "app_id": properties.appID, "correlation_id": properties.correlationID, "reply_to": properties.replyTo,
            "content_type": properties.contentType, "content_encoding": properties.contentEncoding,
        ]
    }
}

/// The limits that the message has.
struct ReturnTimeLimits: WorkerTask {
    static let name = "\(module).return_request_time_limits"
    struct Arguments: Decodable {}
    struct Limits: Encodable {
        var time_limit: Double?
        var soft_time_limit: Double?

        init(_ request: TaskRequest) {
            guard case .array(let limits)? = request.headers["timelimit"], limits.count == 2 else { return }
            (time_limit, soft_time_limit) = (limits[0].number, limits[1].number)
        }

        private enum CodingKeys: CodingKey { case time_limit, soft_time_limit }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(time_limit, forKey: .time_limit)
            try container.encode(soft_time_limit, forKey: .soft_time_limit)
        }
    }

    func run(_ arguments: Arguments, _ context: TaskContext) -> Limits { Limits(context.request) }
}

struct ReturnDeclaredTimeLimits: WorkerTask {
    static let name = "\(module).task_with_declared_time_limits"
    typealias Arguments = ReturnTimeLimits.Arguments
    var options: TaskOptions { TaskOptions(timeLimit: .seconds(60), softTimeLimit: .seconds(45)) }

    func run(_ arguments: Arguments, _ context: TaskContext) -> ReturnTimeLimits.Limits {
        ReturnTimeLimits.Limits(context.request)
    }
}

struct RecordReplacedTaskNesting: WorkerTask {
    static let name = "\(module).record_replaced_task_nesting"
    struct Arguments: Decodable {
        var replacements: Int
        var nesting: [Int]?
    }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> [Int] {
        guard arguments.replacements == 0 else { throw TaskControl.reject(reason: "no replacing yet", requeue: false) }
        return (arguments.nesting ?? []) + [context.request.headers["replaced_task_nesting"]?.integer ?? 0]
    }
}
