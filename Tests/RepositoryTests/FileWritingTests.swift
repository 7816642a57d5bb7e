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

    /// Between the removal of a leftover and the creation of a file another program may put one in its place. `O_EXCL` refuses
    /// that file. Without it only a file that is appended to may be opened, and not through a link.
    @Test func aFileIsMadeByTheAgentOrAppendedTo() throws {
        var openings = 0
        for file in try SourceTree.files(under: "Sources", endingIn: ".swift") {
            for line in file.text.split(separator: "\n") where line.contains("O_CREAT") {
                openings += 1
                #expect(line.contains("O_NOFOLLOW"), "\(file): \(line)")
                let isSafe = line.contains("O_EXCL") || line.contains("O_APPEND") && line.contains("O_NONBLOCK")
                #expect(isSafe, "\(file): \(line)")
            }
        }
        #expect(openings >= 3)
    }
}
