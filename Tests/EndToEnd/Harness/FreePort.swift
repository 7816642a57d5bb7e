import Foundation

/// Loopback ports for programs that cannot choose one themselves.
enum FreePort {
    static func find() throws -> Int {
        try Self.withSocket { descriptor in
            var address = Self.loopback(0)
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let port = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address -> in_port_t? in
                    guard bind(descriptor, address, length) == 0, getsockname(descriptor, address, &length) == 0 else {
                        return nil
                    }
                    return pointer.pointee.sin_port
                }
            }
            guard let port else { throw POSIXError(.EADDRINUSE) }
            return Int(UInt16(bigEndian: port))
        }
    }

    static func waitUntilTaken(_ port: Int) async throws {
        try await eventually("somebody listens at port \(port)") {
            let isTaken = try Self.withSocket { descriptor in
                var address = Self.loopback(port)
                return withUnsafePointer(to: &address) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                    }
                }
            }
            return isTaken ? () : nil
        }
    }

    private static func withSocket<Result>(_ body: (CInt) throws -> Result) throws -> Result {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw POSIXError(.EMFILE) }
        defer { close(descriptor) }
        return try body(descriptor)
    }

    private static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }
}
