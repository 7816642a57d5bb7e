import Foundation
import Glibc

/// A connection to a Docker API socket that shows exactly the bytes that come, where the docker command would digest
/// them first.
final class APIConnection {
    private let socket: FileHandle
    private var received = Data()
    private var isOpen = true

    init(_ path: String) throws {
        let descriptor = Glibc.socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw POSIXError(.EMFILE) }
        self.socket = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let status = withUnsafeBytes(of: &address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) {
                connect(descriptor, $0.baseAddress!, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0, fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0 else { throw POSIXError(.ECONNREFUSED) }
    }

    /// The file of a socket is there a moment before anything listens at it.
    static func waitUntilTaken(_ path: String) async throws {
        try await eventually("somebody listens at \(path)") { (try? APIConnection(path)) == nil ? nil : () }
    }

    /// Asks and waits for the whole answer.
    static func get(_ target: String, from path: String) async throws -> APIAnswer {
        let connection = try APIConnection(path)
        try connection.ask(target)
        return try await connection.answer()
    }

    /// Sends JSON and waits for the whole answer.
    ///
    /// - Parameter fields: lines of the head, each with its end.
    static func post(_ target: String, _ json: String, fields: String = "", to path: String) async throws -> APIAnswer {
        let connection = try APIConnection(path)
        try connection.say(
            "POST \(target) HTTP/1.1\r\nHost: docker\r\nConnection: close\r\nContent-Type: application/json\r\n"
                + "\(fields)Content-Length: \(json.utf8.count)\r\n\r\n\(json)"
        )
        return try await connection.answer()
    }

    /// Sends a GET that the other side answers and then closes.
    func ask(_ target: String) throws {
        try self.say("GET \(target) HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n")
    }

    /// Sends any text, which may be half a request.
    func say(_ text: String) throws {
        let text = Array(text.utf8)
        // A request is far smaller than a socket's buffer.
        let count = Glibc.send(self.socket.fileDescriptor, text, text.count, CInt(MSG_NOSIGNAL))
        guard count == text.count else { throw POSIXError(.EPIPE) }
    }

    /// The status of an answer that has only begun.
    func status() async throws -> Int {
        try await eventually("an answer begins") { APIAnswer(self.receive())?.status }
    }

    func answer() async throws -> APIAnswer {
        try await eventually("the whole answer is there") {
            let bytes = self.receive()
            return self.isOpen ? nil : APIAnswer(bytes)
        }
    }

    /// All that has come, once `text` is in it.
    @discardableResult
    func text(with text: String) async throws -> String {
        try await eventually("'\(text)' comes", details: { String(decoding: self.received, as: UTF8.self) }) {
            let all = String(decoding: self.receive(), as: UTF8.self)
            return all.contains(text) ? all : nil
        }
    }

    /// All that comes until the other side closes.
    func everything() async throws -> String {
        try await eventually("the other side closes") {
            let bytes = self.receive()
            return self.isOpen ? nil : String(decoding: bytes, as: UTF8.self)
        }
    }

    private func receive() -> Data {
        var chunk = [UInt8](repeating: 0, count: 65536)
        while self.isOpen {
            let count = read(self.socket.fileDescriptor, &chunk, chunk.count)
            if count < 0, errno == EAGAIN || errno == EINTR { break }
            if count <= 0 { self.isOpen = false }
            self.received.append(contentsOf: chunk[..<max(0, count)])
        }
        return self.received
    }
}

/// An HTTP answer, as far as it has come.
struct APIAnswer {
    let status: Int
    /// Names in lower case.
    let headers: [String: String]
    let body: Data

    /// - Returns: `nil` as long as the head is not complete.
    init?(_ bytes: Data) {
        guard let end = bytes.firstRange(of: Data("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        guard let code = lines[0].split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { return nil }
        self.status = code
        let fields = lines.dropFirst().map { $0.split(separator: ":", maxSplits: 1) }.filter { $0.count == 2 }
        self.headers = Dictionary(
            fields.map { ($0[0].lowercased(), $0[1].trimmingCharacters(in: .whitespaces)) },
            uniquingKeysWith: { "\($0), \($1)" }
        )
        let rest = Data(bytes[end.upperBound...])
        self.body = self.headers["transfer-encoding"] == "chunked" ? Self.joinChunks(rest) : rest
    }

    private static func joinChunks(_ bytes: Data) -> Data {
        var (rest, result) = (bytes[...], Data())
        while let line = rest.firstRange(of: Data("\r\n".utf8)),
            let size = Int(String(decoding: rest[..<line.lowerBound], as: UTF8.self), radix: 16), size > 0
        {
            let chunk = rest[line.upperBound...].prefix(size)
            result.append(chunk)
            rest = rest[chunk.endIndex...].dropFirst(2)
        }
        return result
    }
}
