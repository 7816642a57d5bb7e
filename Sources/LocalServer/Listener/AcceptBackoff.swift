import Glibc
import NIOCore

/// How long accepting pauses when the process or the host has no descriptor or memory left for one more connection: the
/// waiting connection stays in the kernel's queue, and without a pause the loop would try again at once, for ever.
///
/// 50 ms, doubled up to 1 s while it goes on.
struct AcceptBackoff {
    private static let first = TimeAmount.milliseconds(50)
    private static let longest = TimeAmount.seconds(1)

    private var delay = AcceptBackoff.first
    private var last: NIODeadline?

    /// - Returns: `nil` for an error that concerns one connection only.
    mutating func pause(after errorNumber: CInt, now: NIODeadline) -> TimeAmount? {
        switch errorNumber {
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: break
        default: return nil
        }
        // Twice the longest pause without an error: that shortage is over.
        if let last = self.last, now - last < Self.longest * 2 {
            self.delay = min(self.delay * 2, Self.longest)
        } else {
            self.delay = Self.first
        }
        self.last = now
        return self.delay
    }

    /// What stands in front of a listening socket.
    ///
    /// - Parameter whenNew: told of the first error of a shortage.
    static func handler(
        on eventLoop: any EventLoop,
        whenNew: @escaping (IOError) -> Void
    ) -> AcceptBackoffHandler {
        var backoff = AcceptBackoff()
        return AcceptBackoffHandler(shouldForwardIOErrorCaught: false) { error in
            let pause = backoff.pause(after: error.errnoCode, now: eventLoop.now)
            if pause == Self.first { whenNew(error) }
            return pause
        }
    }
}
