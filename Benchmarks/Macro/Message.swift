/// One frame of the agent, unmasked, with the three members that the benchmark cares for found where they stand.
struct Message {
    let type: Substring
    let id: Substring
    /// The base64 text of `stream` and `exec_output` frames, else empty.
    let payload: UnsafeRawBufferPointer
    let isStream: Bool
    let text: UnsafeRawBufferPointer

    /// The agent writes `type` first and the id as the first member of `data`; errors have it last.
    init(_ text: UnsafeRawBufferPointer) {
        self.text = text
        let head = Substring(String(decoding: text.prefix(256), as: UTF8.self))
        self.type = Self.string(after: #""type":""#, in: head) ?? ""
        self.id = Self.string(after: #"Id":""#, in: head) ?? ""
        self.isStream =
            head.contains(#""statusCode""#) && text.count < 4096
            && String(decoding: text, as: UTF8.self).contains(#""isStream":true"#)
        if self.type == "stream" || self.type == "exec_output", let start = head.firstRange(of: #","data":""#) {
            let offset = head[..<start.upperBound].utf8.count
            self.payload = UnsafeRawBufferPointer(rebasing: text[offset..<(text.count - 3)])
        } else {
            self.payload = UnsafeRawBufferPointer(start: nil, count: 0)
        }
    }

    private static func string(after key: String, in head: Substring) -> Substring? {
        guard let start = head.firstRange(of: key) else { return nil }
        return head[start.upperBound...].prefix { $0 != "\"" }
    }
}

/// A plain decoder: the far end of the wire is not what is measured.
enum Base64Text {
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0, count: 256)
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()

    /// - Returns: the part of `memory` that was written.
    static func decode(
        _ text: UnsafeRawBufferPointer,
        into memory: UnsafeMutableRawBufferPointer
    ) -> UnsafeRawBufferPointer {
        guard text.count >= 4 else { return UnsafeRawBufferPointer(rebasing: memory[..<0]) }
        var written = 0
        Self.values.withUnsafeBufferPointer { values in
            for offset in stride(from: 0, to: text.count, by: 4) {
                let quad =
                    UInt32(values[Int(text[offset])]) << 18 | UInt32(values[Int(text[offset + 1])]) << 12
                    | UInt32(values[Int(text[offset + 2])]) << 6 | UInt32(values[Int(text[offset + 3])])
                memory[written] = UInt8(truncatingIfNeeded: quad >> 16)
                memory[written + 1] = UInt8(truncatingIfNeeded: quad >> 8)
                memory[written + 2] = UInt8(truncatingIfNeeded: quad)
                written += 3
            }
        }
        if text[text.count - 1] == UInt8(ascii: "=") { written -= 1 }
        if text[text.count - 2] == UInt8(ascii: "=") { written -= 1 }
        return UnsafeRawBufferPointer(rebasing: memory[..<written])
    }
}
