import Glibc
package import NIOCore

/// What the kernel holds of a connection's outgoing bytes until the other end has acknowledged them.
package enum SendQueue {
    /// `SIOCOUTQ`, which is `TIOCOUTQ` on Linux; the C library's header keeps it from Swift.
    private static let outQueue: UInt = 0x5411

    /// `nil` for anything but a socket.
    package static func bytes(of channel: any Channel) -> Int? {
        let bytes = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: CInt.self) {
            descriptor -> Int? in
            var count: CInt = 0
            return ioctl(descriptor, self.outQueue, &count) == 0 ? Int(count) : nil
        }
        return bytes ?? nil
    }
}
