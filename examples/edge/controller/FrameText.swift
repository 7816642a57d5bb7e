import FoundationEssentials
import NIOCore

/// Writes one frame, `{"type":…,"data":{…}}`, so that a JSON value can be put in as the bytes it came in.
struct FrameText {
    private var buffer: ByteBuffer
    private var isFirst = true

    init(_ type: String) {
        self.buffer = ByteBuffer(string: "{\"type\":\(Self.quoted(type)),\"data\":{")
    }

    mutating func add(_ name: String, _ value: String) {
        self.add(name, json: ByteBuffer(string: Self.quoted(value)))
    }

    mutating func add(_ name: String, _ value: Int) {
        self.add(name, json: ByteBuffer(string: String(value)))
    }

    mutating func add(_ name: String, _ value: Bool) {
        self.add(name, json: ByteBuffer(string: value ? "true" : "false"))
    }

    mutating func add(_ name: String, _ values: [String]) {
        self.add(name, json: ByteBuffer(string: "[\(values.map(Self.quoted).joined(separator: ","))]"))
    }

    mutating func add(_ name: String, _ values: [String: String]) {
        let members = values.sorted { $0.key < $1.key }.map { "\(Self.quoted($0.key)):\(Self.quoted($0.value))" }
        self.add(name, json: ByteBuffer(string: "{\(members.joined(separator: ","))}"))
    }

    mutating func add(_ name: String, base64 bytes: ByteBuffer) {
        // Nothing in base64 needs an escape.
        self.add(name, json: ByteBuffer(string: "\"\(Data(bytes.readableBytesView).base64EncodedString())\""))
    }

    /// - Parameter json: one complete JSON value; it is not looked at.
    mutating func add(_ name: String, json: ByteBuffer) {
        self.buffer.writeString(self.isFirst ? "\(Self.quoted(name)):" : ",\(Self.quoted(name)):")
        self.buffer.writeImmutableBuffer(json)
        self.isFirst = false
    }

    consuming func finished() -> ByteBuffer {
        self.buffer.writeString("}}")
        return self.buffer
    }

    /// `text` as a JSON string.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\u{0}"..."\u{1f}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
