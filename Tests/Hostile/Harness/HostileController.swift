import Auth
import Foundation
import Synchronization

/// A controller that upgrades whoever dials, and then does as its test says.
final class HostileController: @unchecked Sendable {
    private let door: Door
    private let count: Sessions

    private final class Sessions: Sendable {
        let value = Mutex(0)
    }

    static let welcome = #"{"type":"welcome","data":{"pollInterval":300,"config":{}}}"#

    /// - Parameters:
    ///   - welcomes: whether it hears the hello and says welcome first.
    ///   - session: what it does then; the connection ends with it.
    init(welcomes: Bool = true, _ session: @escaping @Sendable (Wire) -> Void) throws {
        let count = Sessions()
        self.count = count
        self.door = try Door { wire in
            guard let head = wire.receive(upTo: "\r\n\r\n"), let key = Field.value("Sec-WebSocket-Key", in: head) else {
                return
            }
            let accept = HandshakeKey(text: key).accept
            wire.send(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Accept: \(accept)\r\n\r\n"
            )
            if welcomes {
                _ = wire.receive(within: .seconds(10))
                wire.send(Self.text(Self.welcome))
            }
            count.value.withLock { $0 += 1 }
            session(wire)
        }
    }

    var url: String { "ws://127.0.0.1:\(self.door.port)" }
    var sessions: Int { self.count.value.withLock { $0 } }

    func stop() { self.door.close() }

    // MARK: Frames

    static func text(_ text: String) -> [UInt8] { Self.frame(0x81, Array(text.utf8)) }

    /// - Parameter announced: the length in the head, where it is not the payload's.
    static func frame(_ first: UInt8, _ payload: [UInt8], announced: Int? = nil) -> [UInt8] {
        let length = announced ?? payload.count
        var head: [UInt8] = [first]
        switch length {
        case ..<126: head.append(UInt8(length))
        case ..<65536: head += [126, UInt8(length >> 8), UInt8(length & 0xff)]
        default: head += [127] + (0..<8).reversed().map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) }
        }
        return head + payload
    }
}

/// What an agent says, taken out of its masked frames.
struct AgentFrames {
    private var bytes: [UInt8] = []

    mutating func append(_ bytes: [UInt8]) { self.bytes += bytes }

    /// The payloads of the frames that are complete.
    mutating func takeAll() -> [String] {
        var texts: [String] = []
        while let text = self.take() { texts.append(text) }
        return texts
    }

    private mutating func take() -> String? {
        guard self.bytes.count >= 2 else { return nil }
        var (start, length) = (2, Int(self.bytes[1] & 0x7f))
        if length >= 126 {
            let size = length == 126 ? 2 : 8
            guard self.bytes.count >= 2 + size else { return nil }
            length = self.bytes[2..<(2 + size)].reduce(0) { $0 << 8 | Int($1) }
            start += size
        }
        guard self.bytes.count >= start + 4 + length else { return nil }
        let mask = Array(self.bytes[start..<(start + 4)])
        let payload = self.bytes[(start + 4)..<(start + 4 + length)].enumerated().map { $1 ^ mask[$0 % 4] }
        self.bytes.removeFirst(start + 4 + length)
        return String(decoding: payload, as: UTF8.self)
    }
}
