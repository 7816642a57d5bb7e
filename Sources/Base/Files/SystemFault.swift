import Glibc

/// What the system said about a call that failed: an `errno` and its sentence.
package struct SystemFault: Error, Equatable, CustomStringConvertible {
    package let code: CInt

    package init(_ code: CInt) {
        self.code = code
    }

    /// Of the last call of this thread.
    package static var last: SystemFault { SystemFault(errno) }

    package var description: String { String(cString: strerror(self.code)) }
}
