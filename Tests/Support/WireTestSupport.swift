/// Random numbers that a failing test can repeat: the seed is printed with the failure (SplitMix64).
package struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) {
        self.state = seed
    }

    package mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    package mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &self) }
    }

    /// Text of all widths with quotes, controls and, in half of the cases, a few damaged bytes.
    package mutating func nearlyText(_ length: Int) -> [UInt8] {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz 0123456789 \"\\/\n\t\u{1}\u{1F}\u{7F}éß€中\u{FFFD}🚀\u{10FFFF}")
        var bytes: [UInt8] = []
        while bytes.count < length {
            bytes += String(alphabet.randomElement(using: &self)!).utf8
        }
        if !bytes.isEmpty, Bool.random(using: &self) {
            for _ in 0..<3 {
                bytes[Int.random(in: 0..<bytes.count, using: &self)] = UInt8.random(in: 0x80...0xFF, using: &self)
            }
        }
        return bytes
    }
}

/// Runs `body` on memory of exactly `capacity` bytes between two guards and returns what it says it wrote.
///
/// Stops the test run if a byte outside was touched: a codec that writes past its room must not go unseen.
package func output(capacity: Int, _ body: (UnsafeMutableRawPointer) -> Int) -> [UInt8] {
    let guardLength = 64
    var memory = [UInt8](repeating: 0xA5, count: guardLength + capacity + guardLength)
    let written = memory.withUnsafeMutableBytes { body($0.baseAddress! + guardLength) }
    precondition(written <= capacity, "wrote \(written) bytes into room for \(capacity)")
    let isIntact =
        memory[..<guardLength].allSatisfy { $0 == 0xA5 }
        && memory[(guardLength + capacity)...].allSatisfy { $0 == 0xA5 }
    precondition(isIntact, "touched memory outside its room of \(capacity) bytes")
    return Array(memory[guardLength..<(guardLength + written)])
}
