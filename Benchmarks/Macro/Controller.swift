import CCrypto
import Foundation

/// Where the agent dials in.
final class Controller {
    let port: Int
    private let listener: Socket

    init() {
        (self.listener, self.port) = Socket.listening()
    }

    /// Waits for the agent's next connection and welcomes it; its hello is taken on trust.
    func accept() -> Session {
        while true {
            let socket = self.listener.accept()
            socket.setNoDelay()
            if let path = self.upgrade(socket), path.hasSuffix("/ws") { return Session(socket) }
        }
    }

    private func upgrade(_ socket: Socket) -> Substring? {
        // Read byte by byte: what follows the head belongs to the session.
        var head: [UInt8] = []
        var byte: UInt8 = 0
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard withUnsafeMutableBytes(of: &byte, { socket.read(into: $0) }) == 1 else { return nil }
            head.append(byte)
        }
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        let name = "sec-websocket-key:"
        guard let line = lines.first(where: { $0.lowercased().hasPrefix(name) }) else { return nil }
        let key = line.dropFirst(name.count).drop { $0 == " " }
        socket.write(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: \(Self.accept(key))\r\n\r\n"
        )
        return lines[0].split(separator: " ").dropFirst().first
    }

    /// RFC 6455, section 4.2.2.
    private static func accept(_ key: Substring) -> String {
        let text = Array("\(key)258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8)
        var digest = [UInt8](repeating: 0, count: 20)
        guard EVP_Digest(text, text.count, &digest, nil, EVP_sha1(), nil) == 1 else { fail("SHA-1 does not work") }
        return Data(digest).base64EncodedString()
    }
}
