import Base
import NIOCore
import Support
import Testing

@testable import DockerBridge

@Suite struct ByteBufferJSONTests {
    /// Both buffers that JSON is written into; the texts cross the steps in which the escaper asks for room.
    @Test(arguments: [51, 52] as [UInt64]) func everyOutputGetsTheSameText(seed: UInt64) {
        var random = SplitMix(seed: seed)
        for _ in 0..<200 {
            let text = random.nearlyText(Int.random(in: 0...300, using: &random))
            var (bytes, buffer) = (Array("before".utf8), ByteBuffer(string: "before"))
            text.withUnsafeBytes {
                bytes.appendJSON(quoting: $0)
                buffer.writeJSONString($0)
            }
            #expect(Array(buffer.readableBytesView) == bytes, "seed \(seed): \(text)")
        }
    }

    @Test func jsonIsAppendedToWhatTheBufferHolds() {
        var buffer = ByteBuffer(string: "data: ")
        buffer.writeJSON { json in
            json.object { json in
                json.member("name", "é")
                json.key("raw")
                json.raw(ByteBuffer(string: "[1]"))
                json.key("half")
                json.raw("0.50")
            }
        }
        #expect(String(buffer: buffer) == #"data: {"name":"é","raw":[1],"half":0.50}"#)
    }

    /// A second owner of the buffer would make every write copy what was written so far.
    @Test func theBufferGoesThroughTheWriterWithoutACopy() {
        var buffer = ByteBufferAllocator().buffer(capacity: 4096)
        buffer.writeString("before")
        let before = buffer.withVeryUnsafeBytes { $0.baseAddress }
        buffer.writeJSON { json in json.object { $0.member("name", "value") } }
        let after = buffer.withVeryUnsafeBytes { $0.baseAddress }
        #expect(before == after)
    }
}
