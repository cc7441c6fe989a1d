import Glibc

extension Int32 {
    /// Ends a socket of which this is the descriptor.
    @discardableResult
    func shutDownAndClose() -> Bool {
        shutdown(self, Int32(SHUT_RDWR))
        return close(self) == 0
    }
}
