import CeleryProtocol
import FoundationEssentials
import JSON
import Testing

@testable import SwiftWorker

@Suite struct ParameterListTests {
    struct Add: Decodable, Equatable {
        var x: Int
        var y: Int
        var z: Int?
    }

    struct Camel: Decodable, Equatable {
        var recordingId: Int
        var userID: String
        var manualOverride: JSONValue?
    }

    struct None: Decodable, Equatable {}

    enum Color: String, Decodable { case red, blue }

    struct Rich: Decodable {
        var when: Date
        var color: Color
        var price: Decimal
        var nested: Add
    }

    struct Dated: Decodable, Equatable {
        var when: PythonDateTime
        var day: PythonDate
        var time: PythonTime
        var instant: Instant?
    }

    /// A type that no placeholder suits, so that registration can't learn what is behind it.
    struct Picky: Decodable, Equatable {
        var grade: String

        init(from decoder: any Decoder) throws {
            grade = try decoder.singleValueContainer().decode(String.self)
            if grade.isEmpty { throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "no grade")) }
        }
    }

    struct Unlearnt: Decodable {
        var first: Int
        var picky: Picky
        var last: Int?
    }

    private func bind<T: Decodable>(_ type: T.Type, _ args: String, _ kwargs: String = "{}") throws -> T {
        let list = ParameterList(of: type, function: "tasks.add")
        let document = try JSONDocument(Array("[\(args), \(kwargs)]".utf8))
        let arguments = try #require(document.root[0])
        let keywords = try #require(document.root[1])
        return try list.bind(type, arguments, keywords)
    }

    @Test func bindsAsPythonDoes() throws {
        #expect(try bind(Add.self, "[1, 2]") == Add(x: 1, y: 2))
        #expect(try bind(Add.self, "[1, 2, 3]") == Add(x: 1, y: 2, z: 3))
        #expect(try bind(Add.self, "[1]", #"{"y": 2}"#) == Add(x: 1, y: 2))
        #expect(try bind(Add.self, "[]", #"{"z": 3, "y": 2, "x": 1}"#) == Add(x: 1, y: 2, z: 3))
        #expect(try bind(Add.self, "[1, 2, null]") == Add(x: 1, y: 2))
        #expect(try bind(None.self, "[]") == None())
        #expect(try bind([Int].self, "[1, 2, 3]") == [1, 2, 3])
    }

    @Test func matchesPythonsSpelling() throws {
        let expected = Camel(recordingId: 7, userID: "01J", manualOverride: nil)
        #expect(try bind(Camel.self, "[]", #"{"recording_id": 7, "user_id": "01J"}"#) == expected)
        #expect(try bind(Camel.self, "[]", #"{"recordingId": 7, "userID": "01J"}"#) == expected)
        #expect(try bind(Camel.self, #"[7, "01J"]"#) == expected)
    }

    @Test func learnsParametersOfPythonsTypes() throws {
        let list = ParameterList(of: Dated.self, function: "tasks.dated")
        #expect(list.isComplete)
        #expect(list.parameters.map(\.name) == ["when", "day", "time", "instant"])
    }

    @Test func bindsWhatRegistrationCouldNotLearn() throws {
        #expect(try bind(Unlearnt.self, #"[1, "a"]"#).picky.grade == "a")
        #expect(try bind(Unlearnt.self, #"[1, "a", 3]"#).last == 3)
        #expect(try bind(Unlearnt.self, "[1]", #"{"picky": "a", "last": 3}"#).last == 3)
        #expect(throws: PythonException.typeError("add() takes 3 positional arguments but 4 were given")) {
            try bind(Unlearnt.self, #"[1, "a", 3, 4]"#)
        }
        #expect(throws: PythonException.typeError("add() got an unexpected keyword argument 'w'")) {
            try bind(Unlearnt.self, #"[1, "a"]"#, #"{"w": 3}"#)
        }
    }

    @Test(arguments: [
        ("recordingId", "recording_id"), ("recordingID", "recording_id"), ("URLString", "url_string"), ("x", "x"),
        ("already_snake", "already_snake"), ("userID2", "user_id2"),
    ])
    func writesSnakeCase(_ name: String, _ expected: String) {
        #expect(ParameterList.snakeCase(name) == expected)
    }

    /// Python 3.12 prints these for `def add(x, y, z=None)`.
    @Test(arguments: [
        ("[1]", "{}", "add() missing 1 required positional argument: 'y'"),
        ("[]", "{}", "add() missing 2 required positional arguments: 'x' and 'y'"),
        ("[1, 2, 3, 4]", "{}", "add() takes from 2 to 3 positional arguments but 4 were given"),
        ("[1, 2]", #"{"w": 1}"#, "add() got an unexpected keyword argument 'w'"),
        ("[1, 2]", #"{"x": 1}"#, "add() got multiple values for argument 'x'"),
        ("[1, 2, 3, 4]", #"{"w": 1}"#, "add() got an unexpected keyword argument 'w'"),
    ])
    func failsInPythonsWords(_ args: String, _ kwargs: String, _ message: String) throws {
        let error = #expect(throws: PythonException.self) { try bind(Add.self, args, kwargs) }
        #expect(error?.type == "TypeError")
        #expect(error?.arguments == [.string(message)])
    }

    @Test func countsParametersInPythonsWords() throws {
        let one = #expect(throws: PythonException.self) { try bind(None.self, "[1]") }
        #expect(one?.arguments == ["add() takes 0 positional arguments but 1 was given"])
        struct Three: Decodable { var a: Int, b: Int, c: Int }
        let three = #expect(throws: PythonException.self) { try bind(Three.self, "[]") }
        #expect(three?.arguments == ["add() missing 3 required positional arguments: 'a', 'b', and 'c'"])
    }

    @Test func namesTheArgumentOfAWrongType() throws {
        let error = #expect(throws: PythonException.self) { try bind(Add.self, #"["one", 2]"#) }
        #expect(error?.type == "TypeError")
        guard case .string(let message)? = error?.arguments.first else {
            Issue.record("no message")
            return
        }
        #expect(message.hasPrefix("add() argument 'x': "))
    }

    @Test func learnsRichTypesByTrial() {
        let list = ParameterList(of: Rich.self, function: "rich")
        #expect(list.parameters.map(\.name).prefix(2) == ["when", "color"])
    }
}
