import Foundation
import Testing

@testable import Agent

@Suite struct FileInputTests {
    /// A device and a pipe may have no end.
    @Test func aReaderThatHasEnoughEndsAFileWithoutAnEnd() {
        var bytes = 0
        #expect(throws: AgentError.self) {
            try FileInput.read("/dev/zero") { piece throws(AgentError) in
                bytes += piece.count
                if bytes >= 1 << 20 { throw AgentError(.fileTooLarge, "enough") }
            }
        }
        #expect(bytes == 1 << 20)
    }

    /// Less than a piece, exactly two, and a little more.
    @Test(arguments: [0, 1, 2 * 64 * 1024, 2 * 64 * 1024 + 1])
    func aFileIsReadWhole(count: Int) throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "input-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        let bytes = Data((0..<count).map { UInt8($0 % 251) })
        try bytes.write(to: file)
        #expect(try FileInput.bytes(file.path) == [UInt8](bytes))
    }
}
