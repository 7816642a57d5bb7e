import Base

/// Finds the first PEM block in a text; what stands before and after it is ignored, a byte order mark too.
struct PEMBlock: ~Copyable {
    let label: String
    /// The decoded bytes between the two marker lines.
    let contents: SecretBytes

    /// - Throws: `.noPEMBlock`; `.badText` if there is one that an editor or a variable has put out of shape; `.encrypted` for the old form that says so in a header line; `.malformed`.
    init(firstIn text: Span<UInt8>) throws(KeyFileError) {
        var start = 0
        switch ByteOrderMark(of: text) {
        case .utf8?: start = 3
        case .utf16?: throw KeyFileError(.badText, "is UTF-16 text")
        case nil: break
        }
        let text = text.extracting(start...)
        var lines = LineRanges(of: text)
        var label: String?
        while label == nil {
            guard let line = lines.next(in: text) else {
                if let problem = Self.misshapenBlock(in: text) { throw KeyFileError(.badText, problem) }
                throw KeyFileError(.noPEMBlock, text.isEmpty ? "is empty" : "contains no PEM block")
            }
            label = Self.label(of: text.extracting(line), marker: "BEGIN")
        }
        let found = label!

        var base64 = 0
        let packed = try SecretBytes(count: text.count) { packed throws(KeyFileError) in
            while true {
                guard let range = lines.next(in: text) else {
                    throw KeyFileError(.malformed, "its `\(found)` block has no end line")
                }
                let line = text.extracting(range)
                if let end = Self.label(of: line, marker: "END") {
                    guard end == found else {
                        throw KeyFileError(.malformed, "its `\(found)` block ends as `\(end)`")
                    }
                    return
                }
                for index in line.indices where line[index] != UInt8(ascii: " ") && line[index] != UInt8(ascii: "\t") {
                    // Only header lines such as `Proc-Type: 4,ENCRYPTED` contain a colon.
                    guard line[index] != UInt8(ascii: ":") else {
                        throw KeyFileError(
                            .encrypted,
                            "its `\(found)` block has header lines, as old encrypted keys do"
                        )
                    }
                    packed[base64] = line[index]
                    base64 += 1
                }
            }
        }
        let contents = packed.withBytes { ByteText.decodeSecret($0.extracting(first: base64), .standard) }
        guard let contents else { throw KeyFileError(.malformed, "its `\(found)` block is not valid base64") }
        self.label = found
        self.contents = contents
    }

    /// Why no line of `text` begins a block although one seems to be there.
    static func misshapenBlock(in text: Span<UInt8>) -> String? {
        let marker = Array("-----BEGIN ".utf8)
        var lines = LineRanges(of: text)
        while let range = lines.next(in: text) {
            let line = text.extracting(range)
            guard let position = Self.position(of: marker, in: line) else { continue }
            let rest = line.extracting(position...)
            if Self.position(of: Array("-----END ".utf8), in: rest) != nil {
                return "has its PEM block on one line; its line breaks are lost"
            }
            let isIndented = (0..<position).allSatisfy {
                line[$0] == UInt8(ascii: " ") || line[$0] == UInt8(ascii: "\t")
            }
            return isIndented && position > 0
                ? "has an indented PEM block" : "has other text on the line with which its PEM block begins"
        }
        return nil
    }

    private static func position(of word: [UInt8], in text: Span<UInt8>) -> Int? {
        guard text.count >= word.count else { return nil }
        return (0...text.count - word.count).first { start in word.indices.allSatisfy { text[start + $0] == word[$0] } }
    }

    /// `-----BEGIN LABEL-----` at the start of a line, with nothing but blanks behind it.
    static func label(of line: Span<UInt8>, marker: String) -> String? {
        guard line.count <= 80, line.count > 10, line[0] == UInt8(ascii: "-") else { return nil }
        // It begins with a hyphen, so blanks are at its end only.
        let text = String(decoding: [UInt8](copying: line), as: UTF8.self).trimmingBlanks
        guard text.hasPrefix("-----\(marker) "), text.hasSuffix("-----") else { return nil }
        return String(text.dropFirst(marker.utf8.count + 6).dropLast(5))
    }
}

/// All PEM blocks of a file, each by itself, so that a broken one does not hide the others.
package struct PEMList: Sendable {
    /// One block of the text.
    package struct Entry: Sendable, Equatable {
        /// `CERTIFICATE` for example.
        package let label: String
        /// What the block holds; `nil` for a block that is cut or not base64.
        package let contents: [UInt8]?
    }

    package private(set) var entries: [Entry] = []
    /// Why a text without blocks has none; completes "the file …".
    package private(set) var emptiness: String?

    /// A UTF-8 byte order mark is skipped. Editors write it unasked, and it makes a reader that does not expect it miss the
    /// first block.
    package init(_ bytes: [UInt8]) {
        var start = 0
        switch ByteOrderMark(of: bytes.span) {
        case .utf8?: start = 3
        case .utf16?:
            self.emptiness = "is UTF-16 text; save it as UTF-8"
            return
        case nil: break
        }
        let text = bytes.span.extracting(start...)
        var lines = LineRanges(of: text)
        var open: (label: String, start: Int)?
        while let line = lines.next(in: text) {
            if let label = PEMBlock.label(of: text.extracting(line), marker: "BEGIN") {
                if let open { self.entries.append(Entry(label: open.label, contents: nil)) }
                open = (label, line.lowerBound)
            } else if let begun = open, PEMBlock.label(of: text.extracting(line), marker: "END") != nil {
                self.entries.append(Self.entry(begun.label, text.extracting(begun.start..<line.upperBound)))
                open = nil
            }
        }
        if let open { self.entries.append(Entry(label: open.label, contents: nil)) }
        guard self.entries.isEmpty else { return }
        self.emptiness =
            text.isEmpty
            ? "is empty" : PEMBlock.misshapenBlock(in: text) ?? "contains no line -----BEGIN CERTIFICATE-----"
    }

    private static func entry(_ label: String, _ text: Span<UInt8>) -> Entry {
        do throws(KeyFileError) {
            let block = try PEMBlock(firstIn: text)
            return Entry(label: label, contents: block.contents.withBytes { [UInt8](copying: $0) })
        } catch {
            return Entry(label: label, contents: nil)
        }
    }
}
