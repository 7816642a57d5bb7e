/// What may have an agent that waits dial sooner.
enum Wake: Int, Comparable {
    /// SIGHUP: files may have changed. It is also sent by whatever rotates logs, to whole fleets at the same minute.
    case reload
    /// `lookout dial`.
    case dial

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// What a SIGHUP means to an agent that waits.
enum ReloadRule {
    /// - Parameters:
    ///   - spread: a fleet that hears of it at once dials over this time.
    ///   - hasNewKey: a key or passphrase file is another one than at the last dial.
    ///   - hasNewTrust: a certificate file is.
    ///   - isParked: only a person can help, and may have done so at the controller.
    ///   - slot: 0..<1, at random.
    /// - Returns: how long to wait with the dial; `nil` goes on waiting as planned.
    static func wait(
        hasNewKey: Bool,
        hasNewTrust: Bool,
        isParked: Bool,
        spread: Duration,
        slot: Double
    ) -> Duration? {
        if hasNewKey { return .zero }
        return hasNewTrust || isParked ? spread * slot : nil
    }
}
