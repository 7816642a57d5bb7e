/// Why bytes are not JSON.
package struct JSONFault: Error, Equatable, CustomStringConvertible {
    /// Where, in bytes from the start.
    package let offset: Int
    /// Completes "the JSON is not valid: …".
    package let reason: String

    package var description: String { "the JSON is not valid: \(self.reason) at byte \(self.offset)" }

    func moved(by bytes: Int) -> JSONFault { JSONFault(offset: self.offset + bytes, reason: self.reason) }
}
