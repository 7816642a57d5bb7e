/// Unpredictable bytes for whoever needs them outside this module, such as WebSocket masking keys.
package enum RandomBytes {
    package static func words(_ count: Int) -> [UInt32] {
        var bytes = [UInt8](repeating: 0, count: count * 4)
        var span = bytes.mutableSpan
        Sodium.fillWithRandomBytes(&span)
        return (0..<count).map { index in
            (0..<4).reduce(0) { $0 << 8 | UInt32(bytes[index * 4 + $1]) }
        }
    }
}
