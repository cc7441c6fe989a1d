/// An error that says itself what Python raises for it.
public protocol PythonExceptionConvertible: Error {
    var pythonException: PythonException { get }
}
