import ArgumentParser
import FoundationEssentials
import Glibc

/// Asks a running controller over an agent's socket, for the commands that a person types.
enum LocalCall {
    /// - Parameter body: gets the answer's body piece by piece.
    /// - Throws: a sentence with the controller's reason where the answer is no success.
    static func send(
        _ method: String,
        _ target: String,
        to socket: String,
        body: ([UInt8]) -> Void
    ) throws {
        let descriptor = try self.connect(to: socket)
        defer { close(descriptor) }
        // HTTP/1.0 answers are not cut into chunks: their end is the connection's.
        let request = Array("\(method) \(target) HTTP/1.0\r\nHost: controller\r\n\r\n".utf8)
        guard Glibc.send(descriptor, request, request.count, CInt(MSG_NOSIGNAL)) == request.count else {
            throw CallFailed("the controller at \(socket) went away")
        }
        var (head, complaint, status): ([UInt8], [UInt8], Int?) = ([], [], nil)
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            var piece = Array(buffer[..<count])
            if status == nil {
                head += piece
                guard let end = head.firstRange(of: Array("\r\n\r\n".utf8)) else { continue }
                let words = String(decoding: head[..<end.lowerBound], as: UTF8.self).split(separator: " ")
                status = words.count > 1 ? Int(words[1]) ?? 0 : 0
                piece = Array(head[end.upperBound...])
            }
            if status.map({ (200..<300).contains($0) }) == true { body(piece) } else { complaint += piece }
        }
        guard let status, (200..<300).contains(status) else {
            let answer = try? JSONDecoder().decode([String: String].self, from: Data(complaint))
            throw CallFailed(answer?["message"] ?? "the controller at \(socket) gave no answer")
        }
    }

    private static func connect(to path: String) throws -> CInt {
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw CallFailed("the path \(path) is too long for a socket")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0 else {
            close(descriptor)
            throw CallFailed("no controller answers at \(path): \(String(cString: strerror(errno)))")
        }
        return descriptor
    }

    static func print(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}

/// Why a call came to nothing, for the person who typed it.
struct CallFailed: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

struct Logs: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints a container's log, asked for as a Drydock does.",
        discussion: "With --follow it goes on until the container ends or until Ctrl-C, which cancels it at the agent."
    )

    @Argument(help: "The agent's socket.")
    var socket: String

    @Argument(help: "The container's id or name.")
    var container: String

    @Option(help: "Lines from the end.")
    var tail: Int?

    @Option(help: "Only what is newer: Unix seconds.")
    var since: String?

    @Flag(help: "Goes on with what comes.")
    var follow = false

    func run() throws {
        var target = "/_controller/logs?container=\(self.container)"
        if let tail { target += "&tail=\(tail)" }
        if let since { target += "&since=\(since)" }
        if self.follow { target += "&follow=1" }
        try LocalCall.send("GET", target, to: self.socket, body: LocalCall.print)
    }
}

struct Delete: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Removes a container, running or not, as a Drydock does.")

    @Argument(help: "The agent's socket.")
    var socket: String

    @Argument(help: "The container's id or name.")
    var container: String

    func run() throws {
        try LocalCall.send("POST", "/_controller/delete?container=\(self.container)", to: self.socket) { _ in }
    }
}
