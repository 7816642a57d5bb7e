import Base

/// A text in which `*` stands for any run of characters, the empty one included.
///
/// It compares bytes, so case counts. Matching takes time linear in pattern and text: the pieces between the stars are looked
/// for from left to right, each behind the one before, and no byte of the text is read twice for them.
package struct NamePattern: Hashable, Sendable {
    /// Docker's names of images, the longest that are matched, have 255 bytes.
    package static let maximumBytes = 256

    /// As it is written.
    package let text: String
    /// In front of the first star; everything where there is no star.
    private let head: [UInt8]
    /// Between two stars, none of them empty.
    private let middle: [Piece]
    /// Behind the last star; `nil` where there is no star.
    private let tail: [UInt8]?

    /// `nil` for a pattern of more than `maximumBytes`.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count <= Self.maximumBytes else { return nil }
        var pieces: [[UInt8]] = [[]]
        for byte in text.utf8 {
            if byte == UInt8(ascii: "*") {
                pieces.append([])
            } else {
                pieces[pieces.count - 1].append(byte)
            }
        }
        self.text = String(text)
        self.head = pieces[0]
        self.tail = pieces.count > 1 ? pieces.last : nil
        self.middle = pieces.dropFirst().dropLast().filter { !$0.isEmpty }.map(Piece.init)
    }

    package func matches(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { self.matches($0) }
    }

    /// Generic, so that a test can count how often a byte is read.
    func matches<Text: RandomAccessCollection<UInt8>>(_ text: Text) -> Bool where Text.Index == Int {
        guard let tail = self.tail else { return text.count == self.head.count && Self.holds(text, self.head, at: 0) }
        let end = text.count - tail.count
        guard self.head.count <= end, Self.holds(text, self.head, at: 0), Self.holds(text, tail, at: end) else {
            return false
        }
        var start = self.head.count
        for piece in self.middle {
            guard let next = piece.end(in: text, from: start, to: end) else { return false }
            start = next
        }
        return true
    }

    private static func holds<Text: RandomAccessCollection<UInt8>>(
        _ text: Text,
        _ part: [UInt8],
        at start: Int
    ) -> Bool where Text.Index == Int {
        var index = 0
        while index < part.count {
            if text[start + index] != part[index] { return false }
            index += 1
        }
        return true
    }

    /// A text without stars, and what the algorithm of Knuth, Morris and Pratt knows of it.
    private struct Piece: Hashable, Sendable {
        let bytes: [UInt8]
        /// For each length of a match: of how many bytes the longest shorter match is that ends in the same place.
        let fallbacks: [Int]

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
            var fallbacks = [0]
            var length = 0
            for byte in bytes.dropFirst() {
                while length > 0, bytes[length] != byte { length = fallbacks[length - 1] }
                if bytes[length] == byte { length += 1 }
                fallbacks.append(length)
            }
            self.fallbacks = fallbacks
        }

        /// The position behind its first occurrence that begins at `start` or later and ends at `end` or earlier.
        func end<Text: RandomAccessCollection<UInt8>>(in text: Text, from start: Int, to end: Int) -> Int?
        where Text.Index == Int {
            var length = 0
            var position = start
            while position < end {
                let byte = text[position]
                while length > 0, self.bytes[length] != byte { length = self.fallbacks[length - 1] }
                if self.bytes[length] == byte { length += 1 }
                position += 1
                if length == self.bytes.count { return position }
            }
            return nil
        }
    }
}

extension NamePattern {
    /// A pattern that matches `text` and can stand in a rule: what a rule cannot say, and what is beyond `limit` bytes, becomes
    /// a star.
    ///
    /// Characters outside ASCII become stars, too, because two of them can look the same.
    package static func covering(_ text: String, limit: Int = 128) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            let isCut = bytes.count >= limit
            let stands = byte.isVisibleASCII && byte != UInt8(ascii: "#") && !isCut
            if stands {
                bytes.append(byte)
            } else if bytes.last != UInt8(ascii: "*") {
                bytes.append(UInt8(ascii: "*"))
            }
            if isCut { break }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
