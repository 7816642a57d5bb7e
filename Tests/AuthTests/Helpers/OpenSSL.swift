import Foundation
import Support

/// The `openssl` program, as a second opinion on keys and signatures.
enum OpenSSL {
    struct Failure: Error {
        let arguments: [String]
        let status: Int32
    }

    @discardableResult
    static func run(_ arguments: String...) async throws -> Data {
        try await self.run(arguments)
    }

    @discardableResult
    static func run(_ arguments: [String]) async throws -> Data {
        let end = try await runProgram("openssl", arguments)
        guard end.status == 0 else { throw Failure(arguments: arguments, status: end.status) }
        return end.output
    }
}
