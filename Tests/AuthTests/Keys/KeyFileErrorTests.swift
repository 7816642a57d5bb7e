import Auth
import Testing

@Suite struct KeyFileErrorTests {
    @Test func codesAreForever() {
        #expect(
            KeyFileError.Code.allCases.map(\.rawValue) == [
                "missing", "unreadable", "not-a-regular-file", "world-readable", "writable-by-others", "too-large",
                "no-pem-block", "encrypted", "wrong-format", "wrong-algorithm", "malformed", "key-mismatch",
                "bad-comment", "unwritable", "wrong-passphrase", "empty-secret", "bad-secret", "bad-text", "in-use",
                "is-a-link",
            ]
        )
    }

    @Test func saysWhatWasWrongAndWhatToDo() {
        let error = #expect(throws: KeyFileError.self) { try SigningKey(pem: "nonsense") }
        #expect(
            error?.description == "contains no PEM block; "
                + "the file must contain a `-----BEGIN PRIVATE KEY-----` block as `lookout keygen` prints it"
        )
    }
}
