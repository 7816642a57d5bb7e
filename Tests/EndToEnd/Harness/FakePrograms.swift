import Foundation

/// A `docker` of a test's own in the place of the real one, for what the real one only does when things go wrong.
struct FakePrograms {
    private let folder: String

    /// - Parameter script: of a shell; may leave marks in `$XDG_MARKS`, a variable that the agent passes on. `compose version`
    ///   is answered before it.
    init(_ script: String, on bench: Workbench) throws {
        self.folder = bench.file("programs")
        try FileManager.default.createDirectory(atPath: self.folder, withIntermediateDirectories: true)
        let text = "#!/bin/sh\n[ \"$*\" = 'compose version' ] && exit 0\n\(script)\n"
        try text.write(toFile: "\(self.folder)/docker", atomically: true, encoding: .utf8)
        guard chmod("\(self.folder)/docker", 0o755) == 0 else { throw POSIXError(.EPERM) }
    }

    /// Of an agent that is to use it.
    var settings: [String: String] {
        [
            "PATH": "\(self.folder):\(Paths.search)", "XDG_MARKS": self.folder, "STACKS_DIR": "\(self.folder)/stacks",
        ]
    }

    /// Waits until the script has left a mark, a line.
    func mark(_ name: String) async throws -> String {
        try await eventually("the program leaves the mark '\(name)'") {
            let text = try? String(contentsOfFile: "\(self.folder)/\(name)", encoding: .utf8)
            return text?.hasSuffix("\n") == true ? text?.trimmingCharacters(in: .newlines) : nil
        }
    }

    /// Asks for an operation. It is aborted when what is returned goes.
    static func call(_ operation: String, stack: String, at socket: String) throws -> APIConnection {
        let body = #"{"operation":"\#(operation)","stackName":"\#(stack)","files":{"compose.yaml":"services: {}\n"}}"#
        let connection = try APIConnection(socket)
        try connection.say(
            "POST /_lookout/compose HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        )
        return connection
    }

    /// Whether there is such a process that has not ended.
    static func isAlive(_ pid: some StringProtocol) -> Bool {
        guard let line = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
        let state = line.split(separator: ")").last?.split(separator: " ").first
        return state != "Z" && state != "X"
    }
}
