package import Foundation
package import Subprocess
import SystemPackage

/// What a program said, and how it ended.
package struct ProgramEnd: Sendable {
    /// Of its exit; 128 and the signal's number where a signal has ended it, as shells count.
    package let status: Int32
    package let output: Data
    package let errors: Data

    package var text: String { String(decoding: self.output, as: UTF8.self) }
}

/// Runs a program to its end. It has none of the sockets that other tests open meanwhile: a peer would be heard of as long as
/// it runs.
///
/// - Parameter environment: this process's own where there is none.
package func runProgram(
    _ executable: URL,
    _ arguments: [String],
    environment: [String: String]? = nil
) async throws -> ProgramEnd {
    try await run(.path(FilePath(executable.path)), arguments, environment)
}

/// The same for one that is on the path.
package func runProgram(_ name: String, _ arguments: [String]) async throws -> ProgramEnd {
    try await run(.name(name), arguments, nil)
}

/// Bytes of each output of a program.
private let outputLimit = 16 << 20

private func run(_ program: Executable, _ arguments: [String], _ environment: [String: String]?) async throws
    -> ProgramEnd
{
    let end = try await Subprocess.run(
        program,
        arguments: Arguments(arguments),
        environment: environment.map { .variables($0) } ?? .inherit,
        input: .none,
        output: .bytes(limit: outputLimit),
        error: .bytes(limit: outputLimit)
    )
    let status: Int32 =
        switch end.terminationStatus {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        }
    return ProgramEnd(status: status, output: Data(end.standardOutput), errors: Data(end.standardError))
}

extension Environment {
    package static func variables(_ variables: [String: String]) -> Environment {
        var known: [Key: String] = [:]
        for (name, value) in variables { if let key = Key(rawValue: name) { known[key] = value } }
        return .custom(known)
    }
}

/// Runs what blocks on a thread of its own: the tests' threads are few, and one that waits is one less for every other test.
package func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}
