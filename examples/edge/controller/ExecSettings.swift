import FoundationEssentials
import NIOCore

/// What a docker client asked for when it created an exec.
struct ExecSettings: Decodable {
    let command: [String]
    let user: String?
    let tty: Bool?
    let attachStdin: Bool?
    let attachStdout: Bool?
    let attachStderr: Bool?
    /// Rows, then columns.
    let consoleSize: [Int]?
    private let environment: [String]?
    private let workingDirectory: String?
    private let privileged: Bool?
    private let detachKeys: String?

    private enum CodingKeys: String, CodingKey {
        case command = "Cmd"
        case user = "User"
        case tty = "Tty"
        case attachStdin = "AttachStdin"
        case attachStdout = "AttachStdout"
        case attachStderr = "AttachStderr"
        case consoleSize = "ConsoleSize"
        case environment = "Env"
        case workingDirectory = "WorkingDir"
        case privileged = "Privileged"
        case detachKeys = "DetachKeys"
    }

    /// - Parameter body: the body of the create request; `nil` if it does not name a command.
    init?(_ body: ByteBuffer) {
        guard let settings = try? JSONDecoder().decode(Self.self, from: Data(body.readableBytesView)),
            !settings.command.isEmpty
        else { return nil }
        self = settings
    }

    var hasTerminal: Bool { self.tty ?? false }

    /// Names the first setting that no frame can carry. Dropping it silently would run another command than asked for.
    var unsupportedOption: String? {
        if !(self.environment ?? []).isEmpty { return "environment variables" }
        if !(self.workingDirectory ?? "").isEmpty { return "a working directory" }
        if self.privileged ?? false { return "extended privileges" }
        if !(self.detachKeys ?? "").isEmpty { return "detach keys of its own" }
        return nil
    }
}
