import Glibc
import NIOCore

/// Notices that the other end reads more slowly than we send: how much lies unread in its kernel.
///
/// A receive buffer grows to 6 MiB on Linux, and all of it stands before the next key press: 7 ms at 900 MB/s. Its owner
/// tells how much room is left in the window of every acknowledgement, so what is missing from the largest window has
/// arrived and was not read. Bytes on their way do not count: a long path may be as full as it likes.
///
/// A window may also be smaller because the other end made its buffer smaller, or reads nothing at all. Then it does not
/// grow while we wait, and what it is now counts as the largest from there on.
struct PeerBacklog {
    /// What may lie there while a terminal is in use: one to two milliseconds on loopback.
    static let limit = 1 << 20
    /// Little enough to go on, and enough that the reader does not run dry until it is noticed.
    static let rest = 256 * 1024
    /// Between two looks while bulk waits: a small part of what a key press takes over any network. Nothing tells when the
    /// other end has read on.
    static let lookAgain = TimeAmount.milliseconds(1)

    private var largestWindow = 0
    /// The window at the last look; `nil` while nothing waits.
    private var heldAt: Int?

    /// - Parameters:
    ///   - window: bytes that the other end takes; `nil` where that is not known, and then nothing waits.
    ///   - isLook: whether `lookAgain` has passed since bulk began to wait, or since the last look.
    mutating func isLong(window: Int?, isLook: Bool) -> Bool {
        guard let window else { return false }
        self.largestWindow = max(self.largestWindow, window)
        guard let heldAt else {
            guard self.largestWindow - window > Self.limit else { return false }
            self.heldAt = window
            return true
        }
        if self.largestWindow - window <= Self.rest {
            self.heldAt = nil
        } else if isLook {
            if window <= heldAt { self.largestWindow = window }
            self.heldAt = window > heldAt ? window : nil
        }
        return self.heldAt != nil
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
