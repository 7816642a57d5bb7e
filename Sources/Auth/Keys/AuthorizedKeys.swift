import Base

/// The public keys that may sign: what the `authorized_keys` file says, as one immutable set that is swapped whole.
package struct AuthorizedKeys: Sendable {
    /// One line of the file.
    package struct Entry: Hashable, Sendable {
        package let key: VerifyingKey
        /// The rest of the line, its words joined by single spaces.
        package let comment: String
    }

    /// Something in the file that is worth a log line but does not stop the load.
    package struct Warning: Hashable, Sendable, CustomStringConvertible {
        /// Counted from 1; `nil` if the whole file is meant.
        package let line: Int?
        package let reason: String

        package var description: String {
            self.line.map { "line \($0): \(self.reason)" } ?? self.reason
        }
    }

    /// Room for more than ten thousand keys with long comments.
    package static let maxFileBytes = 2 * 1024 * 1024
    /// A longer line is skipped with a warning.
    package static let maxLineBytes = 64 * 1024

    private let entries: [String: Entry]
    package let warnings: [Warning]

    /// Reads the text of a key file. A bad line never fails the load: it is skipped and named in `warnings`.
    package init(parsing text: Span<UInt8>) {
        var reading = Reading()
        var lines = LineRanges(of: text)
        var number = 0
        while let range = lines.next(in: text) {
            number += 1
            guard range.count <= Self.maxLineBytes else {
                reading.skip(number, "the line is longer than \(Self.maxLineBytes / 1024) KiB")
                continue
            }
            let line = String(decoding: [UInt8](copying: text.extracting(range)), as: UTF8.self)
            reading.add(line, number: number)
        }
        if reading.entries.isEmpty {
            reading.warnings.append(Warning(line: nil, reason: "no valid key: every signature will be refused"))
        }
        self.entries = reading.entries
        self.warnings = reading.warnings
    }

    package init(parsing text: String) {
        self.init(parsing: Array(text.utf8).span)
    }

    /// Reads a key file that only trusted users can change; the checks are made on the opened file.
    package static func load(path: String) throws(KeyFileError) -> AuthorizedKeys {
        let file = try GuardedFile.read(path, maxBytes: self.maxFileBytes)
        let keys = file.withBytes { AuthorizedKeys(parsing: $0) }
        guard file.hasForeignOwner else { return keys }
        let owner = Warning(line: nil, reason: "the file belongs to neither root nor the user that runs the agent")
        return AuthorizedKeys(entries: keys.entries, warnings: [owner] + keys.warnings)
    }

    private init(entries: [String: Entry], warnings: [Warning]) {
        self.entries = entries
        self.warnings = warnings
    }

    package var count: Int { self.entries.count }

    /// The entry of a set that has just one.
    package var only: Entry? { self.entries.count == 1 ? self.entries.values.first : nil }

    package var isEmpty: Bool { self.entries.isEmpty }

    /// Looks a key up by its id, which must match exactly: uppercase digits name no key.
    package subscript(keyID: String) -> Entry? { self.entries[keyID] }

    /// What a reload changed, in the order of the key ids.
    package func changes(since old: AuthorizedKeys) -> (added: [Entry], removed: [Entry]) {
        func entries(of left: AuthorizedKeys, missingIn right: AuthorizedKeys) -> [Entry] {
            left.entries.filter { right[$0.key]?.key != $0.value.key }.sorted { $0.key < $1.key }.map(\.value)
        }
        return (entries(of: self, missingIn: old), entries(of: old, missingIn: self))
    }
}

extension AuthorizedKeys {
    private struct Reading {
        var entries: [String: Entry] = [:]
        var warnings: [Warning] = []

        mutating func skip(_ line: Int, _ reason: String) {
            self.warnings.append(Warning(line: line, reason: "\(reason); the line is skipped"))
        }

        mutating func add(_ line: String, number: Int) {
            let words = line.unicodeScalars.split(whereSeparator: \.properties.isWhitespace).map(String.init)
            guard let kind = words.first, !kind.hasPrefix("#") else { return }
            guard kind == "ed25519" else {
                self.skip(number, Self.complaint(about: kind))
                return
            }
            guard words.count > 1, let bytes = ByteText.decode(words[1], .standard) else {
                self.skip(number, "the key is not standard base64 with padding")
                return
            }
            guard let key = VerifyingKey(rawBytes: bytes) else {
                self.skip(number, Self.complaint(about: bytes, text: words[1]))
                return
            }
            guard self.entries[key.keyID] == nil else {
                self.skip(number, "key \(key.keyID) stands on an earlier line, which is kept")
                return
            }
            self.entries[key.keyID] = Entry(key: key, comment: words.dropFirst(2).joined(separator: " "))
        }

        private static func complaint(about kind: String) -> String {
            kind == "ssh-ed25519"
                ? "OpenSSH lines are not read; write `ed25519` and the raw key as `lookout keygen` prints it"
                : "the line does not start with `ed25519`"
        }

        private static func complaint(about bytes: [UInt8], text: String) -> String {
            guard bytes.count != VerifyingKey.byteCount else { return "the key is weak or not an Ed25519 key" }
            return text.hasPrefix("AAAAC3Nza")
                ? "the key is in OpenSSH form (\(bytes.count) bytes); the raw key of \(VerifyingKey.byteCount) bytes is needed"
                : "the key has \(bytes.count) bytes, not \(VerifyingKey.byteCount)"
        }
    }
}
