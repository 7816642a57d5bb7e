import Foundation

/// The same work without an agent: straight on the engine's socket.
struct DirectClient {
    let path: String

    /// Seconds of each request, one at a time on one connection.
    func latencies(_ target: String, count: Int) -> [Double] {
        let socket = Socket.connected(to: self.path)
        var reader = ByteReader(socket, capacity: 2 << 20)
        return (0..<count).map { _ in
            let start = ContinuousClock.now
            socket.write("GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n")
            guard let head = reader.head(), let length = head.fields["content-length"].flatMap({ Int($0) }),
                reader.take(length) != nil
            else { fail("the engine did not answer") }
            return start.duration(to: .now).seconds
        }
    }

    /// Seconds that a log of `total` bytes takes.
    func log(_ total: Int) -> Double {
        let socket = Socket.connected(to: self.path)
        var reader = ByteReader(socket, capacity: 256 * 1024)
        let start = ContinuousClock.now
        socket.write("GET /containers/log/logs?bytes=\(total) HTTP/1.1\r\nHost: x\r\n\r\n")
        _ = reader.head()
        var counters = Counters()
        while let line = reader.line(), let size = Int(line, radix: 16), size > 0, let bytes = reader.take(size) {
            counters.check(UnsafeRawBufferPointer(bytes))
            _ = reader.take(2)
        }
        guard counters.isIntact, counters.count == total else { fail("the engine's log is damaged") }
        return start.duration(to: .now).seconds
    }

    /// Seconds of each key press until its echo.
    func echoes(_ count: Int) -> [Double] {
        let socket = Socket.connected(to: self.path)
        var reader = ByteReader(socket, capacity: 4096)
        socket.write("POST /exec/1/start HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
        _ = reader.head()
        return (0..<count).map { _ in
            let start = ContinuousClock.now
            socket.write("k")
            guard reader.take(1) != nil else { fail("the engine closed an exec") }
            return start.duration(to: .now).seconds
        }
    }
}

extension Duration {
    var seconds: Double { Double(self.components.seconds) + Double(self.components.attoseconds) * 1e-18 }
}
