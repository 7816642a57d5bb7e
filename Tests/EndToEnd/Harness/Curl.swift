import Foundation

/// Asks a listener on a Unix socket, the way people do.
struct Curl {
    let bench: Workbench
    let socket: String
    private static let arguments = ["--silent", "--show-error", "--no-buffer", "--unix-socket"]

    struct Answer {
        let status: Int
        let body: String
    }

    func callAsFunction(_ path: String, _ options: String...) async throws -> Answer {
        let outcome = try await self.bench.run(
            try Paths.installed("curl"),
            Self.arguments + [self.socket, "--max-time", "20", "--write-out", "\n%{http_code}"] + options
                + ["http://agent\(path)"]
        )
        var lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
        let status = lines.popLast().flatMap { Int($0) } ?? 0
        return Answer(status: status, body: lines.joined(separator: "\n"))
    }

    /// An answer that goes on.
    func follow(_ path: String) throws -> Program {
        try self.bench.start(try Paths.installed("curl"), Self.arguments + [self.socket, "http://agent\(path)"])
    }

    /// What a tool answers, as text.
    func tool(_ name: String, _ arguments: String = "{}") async throws -> String {
        let call =
            #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"\#(name)","arguments":\#(arguments)}}"#
        return try await self("/_lookout/mcp", "--data", call).body
    }
}
