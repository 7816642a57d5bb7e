import Agent
import ContainerChecks

/// A command could not do its work; the text says why and what to do.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String
    /// Of the process.
    let status: Int32

    init(_ description: String, status: Int32 = 1) {
        self.description = description
        self.status = status
    }

    /// Runs the work of a command whose status 1 means that it has found something.
    ///
    /// - Throws: `CommandFailure` with status 2 for an `AgentError` or a `CheckError`; other errors pass.
    static func withStatusTwo(_ work: () async throws -> Void) async throws {
        do {
            try await work()
        } catch let error as AgentError {
            throw CommandFailure(error.description, status: 2)
        } catch let error as CheckError {
            throw CommandFailure(error.description, status: 2)
        }
    }
}
