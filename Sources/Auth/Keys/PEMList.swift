import Base

/// All PEM blocks of a file, each by itself, so that a broken one does not hide the others.
package struct PEMList: Sendable {
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
