import Testing

/// How the sources open files that they write.
@Suite struct FileWritingTests {
    /// Emptying what has a name already follows links, waits for the reader of a FIFO, and empties a hard link's other names
    /// too. A new file takes the old one's place instead, made with `O_EXCL`.
    @Test func noFileIsEmptiedInPlace() throws {
        for file in try SourceTree.files(under: "Sources", endingIn: ".swift") {
            #expect(!file.text.contains("O_TRUNC"), "\(file)")
        }
    }
}
