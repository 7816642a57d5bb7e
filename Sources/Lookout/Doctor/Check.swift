import Base
import DockerBridge
import NIOCore

/// One thing that `lookout doctor` looked at.
struct Check: Equatable {
    let name: String
    let isGood: Bool
    /// One sentence: what was found, or what is wrong and what to do.
    let text: String

    static func good(_ name: String, _ text: String) -> Check { Check(name: name, isGood: true, text: text) }
    static func bad(_ name: String, _ text: String) -> Check { Check(name: name, isGood: false, text: text) }
}

extension [Check] {
    var areGood: Bool { self.allSatisfy(\.isGood) }

    /// A line each.
    var report: String {
        self.map { "\($0.isGood ? "✓" : "✗") \($0.name): \($0.text.printable)\n" }.joined()
    }

    /// `{"ok":true,"checks":[{"name":…,"ok":true,"text":…}]}`
    var json: String {
        var buffer = ByteBuffer(string: #"{"ok":\#(self.areGood),"checks":["#)
        for (index, check) in self.enumerated() {
            buffer.writeString(index > 0 ? #",{"name":"# : #"{"name":"#)
            buffer.writeJSONString(check.name)
            buffer.writeString(#","ok":\#(check.isGood),"text":"#)
            buffer.writeJSONString(check.text)
            buffer.writeString("}")
        }
        buffer.writeString("]}\n")
        return String(buffer: buffer)
    }
}
