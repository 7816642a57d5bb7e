import Foundation

/// A socket of a hostile peer, which decides itself whether it reads.
///
/// Never blocks longer than it is told. Concurrency: used by one thread at a time; `close` by any.
final class Wire: @unchecked Sendable {
    let descriptor: CInt
    private var received: [UInt8] = []

    init(descriptor: CInt) {
        self.descriptor = descriptor
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }

    deinit { Glibc.close(self.descriptor) }

    /// - Parameters:
    ///   - source: the attackers' address; a client that is honest comes from 127.0.0.1.
    ///   - receiveBuffer: bytes that the kernel takes for a peer that does not read, where it is not to choose itself.
    static func tcp(
        _ port: Int,
        from source: String = "127.0.0.2",
        receiveBuffer: CInt? = nil,
        within limit: Duration = .seconds(5)
    ) -> Wire? {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        if var receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<CInt>.size))
        }
        let wire = Wire(descriptor: descriptor)
        var own = sockaddr_in(port: 0, address: source)
        var peer = sockaddr_in(port: port, address: "127.0.0.1")
        guard own.withSocketAddress({ bind(descriptor, $0, $1) }) == 0 else { return nil }
        if peer.withSocketAddress({ connect(descriptor, $0, $1) }) == 0 { return wire }
        guard errno == EINPROGRESS, wire.wait(for: POLLOUT, within: limit) else { return nil }
        var (failure, size) = (CInt(0), socklen_t(MemoryLayout<CInt>.size))
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &size)
        return failure == 0 ? wire : nil
    }

    func wait(for events: CInt, within limit: Duration) -> Bool {
        var entry = pollfd(fd: self.descriptor, events: Int16(events), revents: 0)
        return poll(
            &entry,
            1,
            CInt(limit.components.seconds * 1000) + CInt(limit.components.attoseconds / 1_000_000_000_000_000)
        ) > 0
    }

    // MARK: Writing

    /// - Returns: how many bytes the kernel took; `nil` when the other side is gone.
    func sendSome(_ bytes: ArraySlice<UInt8>) -> Int? {
        let count = bytes.withUnsafeBytes {
            Glibc.send(self.descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
        }
        if count >= 0 { return count }
        return errno == EAGAIN || errno == EINTR ? 0 : nil
    }

    /// - Returns: whether all of it went.
    @discardableResult
    func send(_ bytes: [UInt8], within limit: Duration = .seconds(10)) -> Bool {
        let deadline = ContinuousClock.now + limit
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let count = self.sendSome(rest) else { return false }
            rest = rest.dropFirst(count)
            if count == 0 {
                guard .now < deadline else { return false }
                _ = self.wait(for: POLLOUT, within: .milliseconds(50))
            }
        }
        return true
    }

    @discardableResult
    func send(_ text: String, within limit: Duration = .seconds(10)) -> Bool {
        self.send(Array(text.utf8), within: limit)
    }

    // MARK: Reading

    /// - Returns: what has come; nothing when the time is over; `nil` at the end.
    func receive(within limit: Duration) -> [UInt8]? {
        if !self.received.isEmpty {
            defer { self.received = [] }
            return self.received
        }
        guard self.wait(for: POLLIN, within: limit) else { return [] }
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(self.descriptor, &buffer, buffer.count, 0)
        if count > 0 { return Array(buffer[..<count]) }
        return count < 0 && (errno == EAGAIN || errno == EINTR) ? [] : nil
    }

    /// What comes up to and with `mark`; what follows is kept for the next call.
    func receive(upTo mark: String, within limit: Duration = .seconds(10)) -> String? {
        let deadline = ContinuousClock.now + limit
        let mark = Array(mark.utf8)
        var bytes: [UInt8] = []
        while ContinuousClock.now < deadline {
            guard let more = self.receive(within: .milliseconds(100)) else { return nil }
            let start = max(0, bytes.count - mark.count)
            bytes += more
            if let found = bytes[start...].firstRange(of: mark) {
                self.received = Array(bytes[found.upperBound...])
                return String(decoding: bytes[..<found.upperBound], as: UTF8.self)
            }
        }
        return nil
    }

    /// - Returns: whether the other side ended the connection in time; what it says until then is dropped.
    func ends(within limit: Duration) -> Bool {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            if self.receive(within: .milliseconds(100)) == nil { return true }
        }
        return false
    }

    func close() { shutdown(self.descriptor, CInt(SHUT_RDWR)) }
}

extension sockaddr_in {
    init(port: Int, address: String) {
        self.init()
        self.sin_family = sa_family_t(AF_INET)
        self.sin_port = UInt16(port).bigEndian
        self.sin_addr.s_addr = inet_addr(address)
    }

    mutating func withSocketAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: &self) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}

/// Runs work that waits on a thread of its own, so that no other test waits with it.
func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Swift.Result { try body() }) }
    }
}

struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
