/// Writes the inside of a JSON string piece by piece, as room is given: escapes what must be, repairs what is not UTF-8.
///
/// Ordinary text is copied eight bytes at a time.
package struct JSONEscaper {
    private let text: UnsafeRawBufferPointer
    private var offset = 0

    package init(_ text: UnsafeRawBufferPointer) {
        self.text = text
    }

    package var isDone: Bool {
        self.offset == self.text.count
    }

    /// Bytes of room that `write` should get next: enough to finish if nothing needs an escape, and to get on if all does.
    package var nextRoom: Int {
        self.text.count - self.offset + 8
    }

    /// Goes on writing until the text is done or `room` is nearly full.
    /// - Returns: the number of bytes written.
    package mutating func write(into room: UnsafeMutableRawBufferPointer) -> Int {
        var written = 0
        while self.offset < self.text.count {
            let left = room.count &- written
            if self.text.count &- self.offset >= 8, left >= 8 {
                let word = self.text.loadUnaligned(fromByteOffset: self.offset, as: UInt64.self)
                room.storeBytes(of: word, toByteOffset: written, as: UInt64.self)
                let marks = JSONText.marks(in: UInt64(littleEndian: word))
                // Bytes written from the first mark on are written again.
                let plain = marks == 0 ? 8 : marks.trailingZeroBitCount &>> 3
                self.offset &+= plain
                written &+= plain
                if marks == 0 { continue }
            }
            // Six bytes is the longest that one step below may write.
            guard room.count &- written >= 6 else { break }
            written &+= self.writeOne(into: UnsafeMutableRawBufferPointer(rebasing: room[written...]))
        }
        return written
    }

    private mutating func writeOne(into room: UnsafeMutableRawBufferPointer) -> Int {
        let byte = self.text[self.offset]
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            return self.writeShort(byte, into: room)
        case 0x08: return self.writeShort(UInt8(ascii: "b"), into: room)
        case 0x09: return self.writeShort(UInt8(ascii: "t"), into: room)
        case 0x0A: return self.writeShort(UInt8(ascii: "n"), into: room)
        case 0x0C: return self.writeShort(UInt8(ascii: "f"), into: room)
        case 0x0D: return self.writeShort(UInt8(ascii: "r"), into: room)
        case 0..<0x20:
            self.offset += 1
            let low = byte & 0x0F
            let digit = low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10
            room[0] = UInt8(ascii: "\\")
            room[1] = UInt8(ascii: "u")
            room[2] = UInt8(ascii: "0")
            room[3] = UInt8(ascii: "0")
            room[4] = UInt8(ascii: "0") + (byte >> 4)
            room[5] = digit
            return 6
        case 0x80...:
            return self.writeSequence(into: room)
        default:
            self.offset += 1
            room[0] = byte
            return 1
        }
    }

    private mutating func writeShort(_ letter: UInt8, into room: UnsafeMutableRawBufferPointer) -> Int {
        self.offset += 1
        room[0] = UInt8(ascii: "\\")
        room[1] = letter
        return 2
    }

    private mutating func writeSequence(into room: UnsafeMutableRawBufferPointer) -> Int {
        switch UTF8Check.sequence(in: self.text, at: self.offset) {
        case .valid(let count):
            for index in 0..<count {
                room[index] = self.text[self.offset + index]
            }
            self.offset += count
            return count
        case .broken(let count), .cut(let count):
            self.offset += count
            // U+FFFD
            room[0] = 0xEF
            room[1] = 0xBF
            room[2] = 0xBD
            return 3
        }
    }
}
