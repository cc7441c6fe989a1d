import JSON
import SwiftWorker

struct Big: WorkerTask {
    static let name = "twin.big"
    struct Arguments: Decodable {
        var n: Int
    }

    func run(_ arguments: Arguments, _ context: TaskContext) -> String {
        String(repeating: "x", count: arguments.n)
    }
}

struct Digest: WorkerTask {
    static let name = "twin.digest"
    struct Arguments: Decodable {
        var text: String
    }
    struct Output: Encodable {
        var length: Int
        var adler32: UInt32
    }

    func run(_ arguments: Arguments, _ context: TaskContext) -> Output {
        let bytes = Array(arguments.text.utf8)
        return Output(length: bytes.count, adler32: adler32(bytes))
    }
}

struct ReturnNothing: WorkerTask {
    static let name = "twin.nothing"
    struct Arguments: Decodable {}

    func run(_ arguments: Arguments, _ context: TaskContext) -> Nothing { Nothing() }
}

struct Nested: WorkerTask {
    static let name = "twin.nested"
    struct Arguments: Decodable {}

    func run(_ arguments: Arguments, _ context: TaskContext) -> JSONValue {
        [
            "list": [1, [2, [3, []]], [:]],
            "ünï": ["a": .null, "b": true, "c": false, "d": [["e": 1.5]]],
            "empty": "",
            "quote": "\"\\/\u{8}\u{C}\n\r\t\u{0}\u{1F}\u{2028}\u{1F600}",
            "ints": [0, -1, 2_147_483_648, .integer(.min), .integer(.max)],
            "floats": [0.1, 1e300, -1.5e-7, .double(1), 1e20],
        ]
    }
}

struct HugeInteger: WorkerTask {
    static let name = "twin.huge_integer"
    struct Arguments: Decodable {}

    func run(_ arguments: Arguments, _ context: TaskContext) -> JSONValue { .bigInteger("1180591620717411303424") }
}

struct NotNumbers: WorkerTask {
    static let name = "twin.not_numbers"
    struct Arguments: Decodable {}

    func run(_ arguments: Arguments, _ context: TaskContext) -> [Double] { [.nan, .infinity, -.infinity] }
}

/// The checksum of zlib (RFC 1950), as Python's `zlib.adler32`.
func adler32(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var low: UInt32 = 1
    var high: UInt32 = 0
    var pending = 0
    for byte in bytes {
        low &+= UInt32(byte)
        high &+= low
        pending += 1
        // So many sums still fit 32 bits.
        if pending == 5552 {
            low %= 65_521
            high %= 65_521
            pending = 0
        }
    }
    return (high % 65_521) << 16 | low % 65_521
}
