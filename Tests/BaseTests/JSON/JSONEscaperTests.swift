import Support
import Testing

@testable import Base

@Suite struct JSONEscaperTests {
    @Test(arguments: 6..<40)
    func anyRoomGivesTheSameText(room: Int) {
        let text = Array("quote \" tab \t bell \u{7} é 🚀 and a longer plain stretch of text \u{1}\u{2}".utf8)
        let expected = #"quote \" tab \t bell \u0007 é 🚀 and a longer plain stretch of text \u0001\u0002"#
        var written: [UInt8] = []
        text.withUnsafeBytes { text in
            var escaper = JSONEscaper(text)
            while !escaper.isDone {
                let part = output(capacity: room) { destination in
                    escaper.write(into: UnsafeMutableRawBufferPointer(start: destination, count: room))
                }
                #expect(!part.isEmpty)
                written += part
            }
        }
        #expect(String(decoding: written, as: UTF8.self) == expected)
    }

    @Test func theRoomAskedForIsEnoughForPlainTextAtOnce() {
        let text = [UInt8](repeating: 0x61, count: 1001)
        text.withUnsafeBytes { text in
            var escaper = JSONEscaper(text)
            let room = escaper.nextRoom
            let written = output(capacity: room) { destination in
                escaper.write(into: UnsafeMutableRawBufferPointer(start: destination, count: room))
            }
            #expect(written.count == 1001)
            #expect(escaper.isDone)
        }
    }
}
