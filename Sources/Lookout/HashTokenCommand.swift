import Agent
import ArgumentParser
import Auth
import Base
import Glibc

/// Turns a token into the text that can stand in a configuration without giving the token away.
struct HashTokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hash-token",
        abstract: "Hashes a token for TOKEN_HASH.",
        discussion: """
            Reads the first line of standard input and prints its Argon2id hash (19 MiB, two passes). Put the hash \
            into TOKEN_HASH and give the token to the clients.
            """
    )

    private static let maximumBytes = 64 * 1024

    func run() throws {
        StandardError.write("Enter token: ")
        let terminal = TerminalEcho.off()
        defer {
            terminal?.restore()
            if terminal != nil { StandardError.write("\n") }
        }
        var line = try Self.firstLine()
        defer { line.withUnsafeMutableBytes { explicit_bzero($0.baseAddress!, $0.count) } }
        let isBlank = { (byte: UInt8) in byte == 0x20 || (0x09...0x0d).contains(byte) }
        guard let first = line.firstIndex(where: { !isBlank($0) }), let last = line.lastIndex(where: { !isBlank($0) })
        else { throw CommandFailure("no token came on standard input") }
        print(TokenHash(hashing: line.span.extracting(first...last)).phc)
    }

    /// Without its line feed, and nothing behind it. The array is as large from the start as it may get, so that no
    /// copy of the token is left behind in memory.
    private static func firstLine() throws -> [UInt8] {
        var line = [UInt8]()
        line.reserveCapacity(Self.maximumBytes)
        var byte: UInt8 = 0
        while true {
            let count = read(STDIN_FILENO, &byte, 1)
            if count < 0, errno == EINTR { continue }
            if count <= 0 || byte == UInt8(ascii: "\n") { break }
            guard line.count < Self.maximumBytes else {
                throw CommandFailure("the token is longer than \(Self.maximumBytes) bytes")
            }
            line.append(byte)
        }
        // Never empty, so that it can be wiped.
        if line.isEmpty { line.append(0x20) }
        return line
    }
}

/// Keeps a terminal from showing what is typed.
private struct TerminalEcho {
    private let before: termios

    /// - Returns: `nil` when standard input is no terminal.
    static func off() -> TerminalEcho? {
        var settings = termios()
        guard isatty(STDIN_FILENO) == 1, tcgetattr(STDIN_FILENO, &settings) == 0 else { return nil }
        let before = settings
        settings.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(STDIN_FILENO, TCSANOW, &settings)
        return TerminalEcho(before: before)
    }

    func restore() {
        var settings = self.before
        tcsetattr(STDIN_FILENO, TCSANOW, &settings)
    }
}
