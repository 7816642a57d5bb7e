package import Foundation

/// What a program said, and how it ended.
package struct ProgramEnd: Sendable {
    package let status: Int32
    package let output: Data
    package let errors: Data

    package var text: String { String(decoding: self.output, as: UTF8.self) }
}

/// Runs a program to its end, on threads of its own: the tests' threads are few, and one that waits is one less for
/// every other test.
///
/// - Parameter environment: this process's own where there is none.
package func runProgram(
    _ executable: URL,
    _ arguments: [String],
    environment: [String: String]? = nil
) async throws -> ProgramEnd {
    try await onThread { try run(executable, arguments, environment) }
}

/// The same for one that is on the path.
package func runProgram(_ name: String, _ arguments: [String]) async throws -> ProgramEnd {
    try await runProgram(URL(filePath: "/usr/bin/env"), [name] + arguments)
}

/// Runs what blocks on a thread of its own.
package func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}

private func run(_ executable: URL, _ arguments: [String], _ environment: [String: String]?) throws -> ProgramEnd {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    if let environment { process.environment = environment }
    let (output, errors) = (Pipe(), Pipe())
    (process.standardOutput, process.standardError) = (output, errors)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    // The second pipe on a thread of its own, so that neither fills while the other is read.
    let complaint = DispatchGroup()
    nonisolated(unsafe) var said = Data()
    complaint.enter()
    Thread.detachNewThread {
        said = errors.fileHandleForReading.readDataToEndOfFile()
        complaint.leave()
    }
    let text = output.fileHandleForReading.readDataToEndOfFile()
    complaint.wait()
    process.waitUntilExit()
    return ProgramEnd(status: process.terminationStatus, output: text, errors: said)
}
