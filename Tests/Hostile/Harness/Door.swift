import Foundation
import Synchronization

/// Accepts connections, each on a thread of its own, until it is let go.
final class Door: @unchecked Sendable {
    let port: Int
    private let descriptor: CInt
    private let open = Mutex<[Wire]>([])

    /// On a loopback port.
    init(_ serve: @escaping @Sendable (Wire) -> Void) throws {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in(port: 0, address: "127.0.0.1")
        guard address.withSocketAddress({ bind(descriptor, $0, $1) }) == 0, listen(descriptor, 64) == 0 else {
            throw Failure("no port to listen at")
        }
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &size) }
        }
        self.descriptor = descriptor
        self.port = Int(UInt16(bigEndian: address.sin_port))
        self.accept(serve)
    }

    /// On a Unix socket.
    init(path: String, _ serve: @escaping @Sendable (Wire) -> Void) throws {
        self.port = 0
        self.descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(self.descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0, listen(self.descriptor, 256) == 0 else { throw Failure("cannot listen at \(path)") }
        self.accept(serve)
    }

    private func accept(_ serve: @escaping @Sendable (Wire) -> Void) {
        Thread.detachNewThread { [self] in
            while true {
                let connection = Glibc.accept(self.descriptor, nil, nil)
                guard connection >= 0 else {
                    if errno == EINTR { continue }
                    return
                }
                let wire = Wire(descriptor: connection)
                self.open.withLock { $0.append(wire) }
                Thread.detachNewThread {
                    serve(wire)
                    wire.close()
                    self.open.withLock { $0.removeAll { $0 === wire } }
                }
            }
        }
    }

    /// Ends it, with all its connections.
    func close() {
        shutdown(self.descriptor, CInt(SHUT_RDWR))
        Glibc.close(self.descriptor)
        for wire in self.open.withLock({ $0 }) { wire.close() }
    }
}
