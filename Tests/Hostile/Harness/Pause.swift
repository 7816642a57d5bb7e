import Foundation

/// Lets time pass on a thread of this suite's own: attacks last for a while, and no task waits meanwhile.
func pause(_ duration: Duration) {
    usleep(UInt32(duration / .microseconds(1)))
}

func pause(until deadline: ContinuousClock.Instant) {
    while .now < deadline { pause(.milliseconds(20)) }
}
