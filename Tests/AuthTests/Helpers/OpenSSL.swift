import Foundation

/// The `openssl` program, as a second opinion on keys and signatures.
enum OpenSSL {
    struct Failure: Error {
        let arguments: [String]
        let status: Int32
    }

    @discardableResult
    static func run(_ arguments: String...) throws -> Data {
        try self.run(arguments)
    }

    @discardableResult
    static func run(_ arguments: [String]) throws -> Data {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(arguments: arguments, status: process.terminationStatus)
        }
        return data
    }
}
