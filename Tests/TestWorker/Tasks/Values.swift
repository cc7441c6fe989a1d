import CeleryProtocol
import FoundationEssentials
import JSON
import SwiftWorker

// Values that kombu's JSON carries: each goes out as it came in, with its parts to show that it was understood.

struct Moment: WorkerTask {
    static let name = "twin.moment"
    struct Arguments: Decodable {
        var value: PythonDateTime
    }
    struct Output: Encodable {
        var value: PythonDateTime
        var isoformat: String
        var parts: [Int]
        var aware: Bool
    }

    func run(_ arguments: Arguments, _ context: TaskContext) -> Output {
        let (date, time) = (arguments.value.date, arguments.value.time)
        return Output(
            value: arguments.value,
            isoformat: arguments.value.iso8601,
            parts: [date.year, date.month, date.day, time.hour, time.minute, time.second, time.microsecond],
            aware: !arguments.value.isNaive
        )
    }
}

struct AsUTC: WorkerTask {
    static let name = "twin.as_utc"
    struct Arguments: Decodable {
        var value: Date
    }

    func run(_ arguments: Arguments, _ context: TaskContext) -> Date { arguments.value }
}

struct Day: WorkerTask {
    static let name = "twin.day"
    struct Arguments: Decodable {
        var value: PythonDate
    }
    struct Output: Encodable {
        var value: PythonDate
        var isoformat: String
        var parts: [Int]
    }

    func run(_ arguments: Arguments, _ context: TaskContext) -> Output {
        let value = arguments.value
        return Output(value: value, isoformat: value.iso8601, parts: [value.year, value.month, value.day])
    }
}

struct Clock: WorkerTask {
    static let name = "twin.clock"
    struct Arguments: Decodable {
        var value: PythonTime
    }
    struct Output: Encodable {
        var value: PythonTime
        var isoformat: String
        var parts: [Int]
    }

    func run(_ arguments: Arguments, _ context: TaskContext) -> Output {
        let value = arguments.value
        let parts = [value.hour, value.minute, value.second, value.microsecond]
        return Output(value: value, isoformat: value.iso8601, parts: parts)
    }
}

struct Money: WorkerTask {
    static let name = "twin.money"
    struct Arguments: Decodable {
        var value: Decimal
    }
    struct Output: Encodable {
        var value: Decimal
        var text: String
        var sum: Decimal
    }

    func run(_ arguments: Arguments, _ context: TaskContext) -> Output {
        let quarter = Decimal(25) / 100
        return Output(value: arguments.value, text: arguments.value.description, sum: arguments.value + quarter)
    }
}

struct Identity: WorkerTask {
    static let name = "twin.identity"
    struct Arguments: Decodable {
        var value: UUID
    }
    struct Output: Encodable {
        var value: UUID
        var hex: String
    }

    func run(_ arguments: Arguments, _ context: TaskContext) -> Output {
        let hex = arguments.value.uuidString.lowercased().filter { $0 != "-" }
        return Output(value: arguments.value, hex: hex)
    }
}

struct Blob: WorkerTask {
    static let name = "twin.blob"
    struct Arguments: Decodable {
        var value: Data
    }
    struct Output: Encodable {
        var value: Data
        var count: Int
        var adler32: UInt32
        var reversed: [UInt8]
    }

    func run(_ arguments: Arguments, _ context: TaskContext) -> Output {
        let value = arguments.value
        return Output(value: value, count: value.count, adler32: adler32(value), reversed: value.reversed())
    }
}

/// Typed values that were not in the arguments.
struct Made: WorkerTask {
    static let name = "twin.made"
    struct Arguments: Decodable {}
    struct Output: Encodable {
        var datetime = PythonDateTime(iso8601: "2024-01-02T03:04:05.678901+00:00")
        var date = PythonDate(year: 2024, month: 2, day: 29)
        var time = PythonTime(hour: 3, minute: 4, second: 5, microsecond: 6)
        var decimal = Decimal(string: "1.50")
        var uuid = UUID(uuidString: "12345678-1234-5678-1234-567812345678")
        var text: [UInt8] = Array("abc".utf8)
        var bytes: [UInt8] = [0xFF, 0x00]
    }

    func run(_ arguments: Arguments, _ context: TaskContext) -> Output { Output() }
}

/// A structure of one's own, in and out.
struct EditClip: WorkerTask {
    static let name = "twin.edit_clip"
    struct Clip: Codable, Sendable {
        struct Mark: Codable, Sendable {
            var at: Double
            var label: String?
        }
        var title: String
        var start: Double
        var length: Double
        var marks: [Mark]
        var recordedOn: PythonDate
        var owner: UUID?

        enum CodingKeys: String, CodingKey {
            case title, start, length, marks
            case recordedOn = "recorded_on"
            case owner
        }
    }
    struct Arguments: Decodable {
        var clip: Clip
        var offset: Double?
    }

    func run(_ arguments: Arguments, _ context: TaskContext) -> Clip {
        var clip = arguments.clip
        clip.start += arguments.offset ?? 0.5
        clip.marks.reverse()
        return clip
    }
}
