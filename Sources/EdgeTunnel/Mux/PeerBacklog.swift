import Glibc
import NIOCore

/// Notices that the other end reads more slowly than we send: how much lies unread in its kernel.
///
/// A receive buffer grows to 6 MiB on Linux, and all of it stands before the next key press: 7 ms at 900 MB/s. Its owner
/// tells how much room is left in the window of every acknowledgement, so what is missing from the largest window so far
/// has arrived and was not read. Bytes on their way do not count: a long path may be as full as it likes.
struct PeerBacklog {
    /// What may lie there while somebody types: about one millisecond on loopback, and enough that the reader does not
    /// run dry between two looks.
    static let limit = 1 << 20
    /// Between two looks while bulk waits: a small part of what a key press takes over any network.
    static let lookAgain = TimeAmount.milliseconds(1)

    /// A window that stays as it is for this long is all that the other end has: its buffer was made smaller, or it has
    /// stopped reading, and then the socket itself will hold us back. Above the 40 ms by which Linux delays an
    /// acknowledgement.
    static let patience = TimeAmount.milliseconds(50)

    private var largestWindow = 0
    private var lastWindow = 0
    private var lastChange = NIODeadline.uptimeNanoseconds(0)

    /// - Parameter window: bytes that the other end takes; `nil` where that is not known, and then nothing waits.
    mutating func isLong(window: Int?, now: NIODeadline) -> Bool {
        guard let window else { return false }
        if window != self.lastWindow {
            self.lastWindow = window
            self.lastChange = now
        }
        if now - self.lastChange > Self.patience { self.largestWindow = window }
        self.largestWindow = max(self.largestWindow, window)
        return self.largestWindow - window > Self.limit
    }
}

extension PeerBacklog {
    /// Offset of `tcpi_snd_wnd` in the kernel's `struct tcp_info`, which the C library's copy of it ends before. Kernels
    /// before 5.4 do not have it.
    private static let windowOffset = 228

    /// The window that the other end of `channel` announced last; `nil` for anything but TCP on a recent kernel.
    static func window(of channel: any Channel) -> Int? {
        let window = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: CInt.self) {
            descriptor -> Int? in
            withUnsafeTemporaryAllocation(byteCount: 256, alignment: 8) { info in
                var length = socklen_t(info.count)
                guard getsockopt(descriptor, CInt(IPPROTO_TCP), TCP_INFO, info.baseAddress, &length) == 0,
                    Int(length) >= Self.windowOffset + 4
                else { return nil }
                return Int(info.load(fromByteOffset: Self.windowOffset, as: UInt32.self))
            }
        }
        return window ?? nil
    }
}
