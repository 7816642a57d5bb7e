import Foundation

/// A second implementation, so that the tests do not trust the one that they test.
enum Base64 {
    static func decodeURL(_ text: String) -> [UInt8]? {
        var standard = text.replacing("-", with: "+").replacing("_", with: "/")
        while standard.utf8.count % 4 != 0 {
            standard += "="
        }
        return Data(base64Encoded: standard).map(Array.init)
    }

    static func encodeURL(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    static func encode(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
}
