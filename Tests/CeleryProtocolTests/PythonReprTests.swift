import CeleryProtocol
import JSON
import OrderedCollections
import Testing

@Suite("Python's repr")
struct PythonReprTests {
    @Test("bounded reprs are Celery's, from values and from nodes")
    func safeRepr() throws {
        for vector in try Vectors.list("reprs") {
            let source = Array(try #require(vector["value"]?.string).utf8)
            let node = try JSONDocument(source).root
            let value = node.value
            let length = vector["maxlen"]?.integer.map { Int($0) }
            let levels = Int(try #require(vector["maxlevels"]?.integer))
            let expected = try #require(vector["text"]?.string)
            if vector["tuple"] == true {
                let values = try #require(value.array)
                #expect(PythonRepr.safeRepr(args: node, maxLength: length, maxLevels: levels) == expected)
                #expect(PythonRepr.safeRepr(args: values, maxLength: length, maxLevels: levels) == expected)
            } else {
                #expect(PythonRepr.safeRepr(node, maxLength: length, maxLevels: levels) == expected)
                #expect(PythonRepr.safeRepr(value, maxLength: length, maxLevels: levels) == expected)
            }
        }
    }

    @Test("whole reprs are Python's")
    func repr() throws {
        for vector in try Vectors.list("python_reprs") {
            let source = try #require(vector[0]?.string)
            #expect(PythonRepr.repr(try JSONValue(parsing: Array(source.utf8))) == vector[1]?.string)
        }
    }

    @Test("wrapped values print as what they stand for")
    func wrapped() throws {
        for (name, vector) in try #require(try Vectors.section("kombu_types").object) {
            let value = try JSONValue(parsing: Array(try #require(vector["json"]?.string).utf8))
            #expect(PythonRepr.repr(value) == vector["repr"]?.string, "\(name)")
            #expect(PythonRepr.safeRepr(value) == vector["saferepr"]?.string, "\(name)")
        }
    }

    @Test("tuples of one end in a comma")
    func tuple() {
        #expect(PythonRepr.tuple([]) == "()")
        #expect(PythonRepr.tuple([1]) == "(1,)")
        #expect(PythonRepr.tuple([1, "a"]) == "(1, 'a')")
    }
}
