import Glibc
import NIOCore
import Testing

/// A port of 127.0.0.1 that is bound and not listened at: connecting to it is refused unless a `ScriptedServer` listens at it
/// too, and no other test and no other program is given it meanwhile.
final class HeldPort {
    let port: Int
    private let descriptor: CInt

    init() throws {
        let descriptor = try Self.bound(to: 0)
        self.descriptor = descriptor
        var name = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let named = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        // An IPv4 address has its port, the high byte first, behind the family's two bytes.
        self.port = withUnsafeBytes(of: &name) { Int($0[2]) << 8 | Int($0[3]) }
        try #require(named == 0)
    }

    /// One more socket at the port, which its owner closes.
    func another() throws -> CInt { try Self.bound(to: self.port) }

    private static func bound(to port: Int) throws -> CInt {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var yes: CInt = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &yes, socklen_t(MemoryLayout<CInt>.size))
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: port)
        try #require(address.withSockAddr { bind(descriptor, $0, socklen_t($1)) } == 0)
        return descriptor
    }

    deinit {
        close(self.descriptor)
    }
}
