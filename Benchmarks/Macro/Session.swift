import Foundation
import Synchronization

/// The controller's end of one tunnel: a thread that reads, and whoever calls `send`.
final class Session: @unchecked Sendable {
    typealias Handler = (Message) -> Void

    private let socket: Socket
    private let lock = NSLock()
    private var handlers: [String: Handler] = [:]
    /// While above zero the reader sleeps before its next read.
    private let pause = Atomic(0)
    private let ids = Atomic(0)

    /// - Parameter socket: upgraded; the agent's hello comes next.
    init(_ socket: Socket) {
        self.socket = socket
        Thread.detachNewThread { self.read() }
        self.send(#"{"type":"welcome","data":{"pollInterval":3600,"config":{}}}"#)
    }

    /// From now on `handler` hears on the reader's thread what the agent says about a new id.
    func open(_ handler: @escaping Handler) -> String {
        let id = "b\(self.ids.wrappingAdd(1, ordering: .relaxed).newValue)"
        self.lock.withLock { self.handlers[id] = handler }
        return id
    }

    func close(_ id: some StringProtocol) {
        self.lock.withLock { _ = self.handlers.removeValue(forKey: String(id)) }
    }

    /// Sends one text frame; callable from any thread.
    func send(_ text: String) {
        var frame: [UInt8] = [0x81]
        let length = text.utf8.count
        if length < 126 {
            frame.append(UInt8(length))
        } else {
            precondition(length < 65536)
            frame += [126, UInt8(length >> 8), UInt8(length & 0xff)]
        }
        frame += text.utf8
        self.lock.withLock { _ = frame.withUnsafeBytes { self.socket.write($0) } }
    }

    func request(_ path: String, _ handler: @escaping Handler) -> String {
        let id = self.open(handler)
        self.send(#"{"type":"request","data":{"requestId":"\#(id)","method":"GET","path":"\#(path)"}}"#)
        return id
    }

    /// Reads nothing for `seconds`, from the next read on.
    func standStill(seconds: Int) {
        self.pause.store(seconds, ordering: .relaxed)
    }

    func hangUp() {
        self.socket.shutDown()
    }

    private func read() {
        var reader = ByteReader(self.socket, capacity: 18 << 20)
        while true {
            let seconds = self.pause.exchange(0, ordering: .relaxed)
            if seconds > 0 { sleep(UInt32(seconds)) }
            guard let start = reader.take(2) else { return }
            let opcode = start[0] & 0x0f
            var length = Int(start[1] & 0x7f)
            if length >= 126 {
                guard let bytes = reader.take(length == 126 ? 2 : 8) else { return }
                length = bytes.reduce(0) { $0 << 8 | Int($1) }
            }
            guard let payload = reader.take(4 + length) else { return }
            Self.unmask(payload)
            guard opcode == 1 else { continue }
            self.handle(Message(UnsafeRawBufferPointer(rebasing: payload[4...])))
        }
    }

    /// The key is in the first four bytes.
    private static func unmask(_ payload: UnsafeMutableRawBufferPointer) {
        let key = payload.loadUnaligned(as: UInt32.self)
        let word = UInt64(key) << 32 | UInt64(key)
        var offset = 4
        while payload.count - offset >= 8 {
            let value = payload.loadUnaligned(fromByteOffset: offset, as: UInt64.self) ^ word
            payload.storeBytes(of: value, toByteOffset: offset, as: UInt64.self)
            offset += 8
        }
        let start = offset
        while offset < payload.count {
            payload[offset] ^= UInt8(truncatingIfNeeded: key >> UInt32(8 * ((offset - start) & 3)))
            offset += 1
        }
    }

    private func handle(_ message: Message) {
        if message.type == "ping" {
            let text = String(decoding: message.text, as: UTF8.self)
            self.send(text.replacingOccurrences(of: #""ping""#, with: #""pong""#))
            return
        }
        self.lock.withLock { self.handlers[String(message.id)] }?(message)
    }
}
