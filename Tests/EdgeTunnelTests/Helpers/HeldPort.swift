import Glibc
import NIOCore
import Testing

/// A port of 127.0.0.1 that is bound and not listened at: connecting to it is refused, and no other test is given it
/// meanwhile.
final class HeldPort {
    private let descriptor: CInt

    init(_ port: Int) throws {
        self.descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var yes: CInt = 1
        setsockopt(self.descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<CInt>.size))
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: port)
        let result = address.withSockAddr { bind(self.descriptor, $0, socklen_t($1)) }
        try #require(result == 0)
    }

    deinit {
        close(self.descriptor)
    }
}
