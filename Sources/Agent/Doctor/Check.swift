import Base
import DockerBridge
import NIOCore

/// One thing that `lookout doctor` looked at.
package struct Check: Equatable {
    let name: String
    let isGood: Bool
    /// One sentence: what was found, or what is wrong and what to do.
    let text: String

    static func good(_ name: String, _ text: String) -> Check { Check(name: name, isGood: true, text: text) }
    static func bad(_ name: String, _ text: String) -> Check { Check(name: name, isGood: false, text: text) }
}

extension [Check] {
    package var areGood: Bool { self.allSatisfy(\.isGood) }

    /// A line each.
    package var report: String {
        self.map { "\($0.isGood ? "✓" : "✗") \($0.name): \($0.text.printable)\n" }.joined()
    }

    /// `{"ok":true,"checks":[{"name":…,"ok":true,"text":…}]}`
    package var json: String {
        let object = ByteBuffer(jsonObject: { json in
            json.member("ok", self.areGood)
            json.array("checks") { json in
                for check in self {
                    json.object { json in
                        json.member("name", check.name)
                        json.member("ok", check.isGood)
                        json.member("text", check.text)
                    }
                }
            }
        })
        return String(buffer: object) + "\n"
    }
}
