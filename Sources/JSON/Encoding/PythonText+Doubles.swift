extension PythonText {
    /// A double as Python's `repr` prints it: the shortest text that reads back as the same, with an exponent below
    /// 1e-4 and from 1e16 on.
    mutating func append(_ value: Double) {
        guard value.isFinite else {
            append(literal: value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
            return
        }
        // Swift prints the same digits, but turns to the exponent at 2^53, a little below 1e16. There each double is
        // an integer.
        var text = value.description
        if value.magnitude > 0x1p53, value.magnitude < 1e16 { text = "\(Int64(value)).0" }
        text.withUTF8 { appendBytes(UnsafeRawBufferPointer($0)) }
    }
}
