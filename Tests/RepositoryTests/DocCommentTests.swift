import Testing

/// What one module offers to the others is read without its code: every type says what it is.
@Suite struct DocCommentTests {
    @Test func everyPackageTypeSaysWhatItIs() throws {
        for file in try SourceTree.files(under: "Sources", endingIn: ".swift") {
            let silent = Self.silentTypes(in: file.text)
            #expect(silent.isEmpty, "\(file): \(silent.joined(separator: " ┃ "))")
        }
    }

    @Test(arguments: [
        ("/// A thing.\npackage struct Thing {", true), ("package struct Thing {", false),
        ("    /// A thing.\n    @safe package final class Thing {", true), ("// A thing.\npackage enum Thing {", false),
        ("/// A thing.\n@available(*, deprecated)\npackage actor Thing {", true), ("struct Thing {", true),
        ("}\npackage protocol Thing {", false), ("package let thing: Thing", true),
    ])
    func aTypeWithoutACommentIsFound(_ text: String, isFine: Bool) {
        #expect(Self.silentTypes(in: text).isEmpty == isFine)
    }

    private static func silentTypes(in text: String) -> [String] {
        var isExplained = false
        var silent: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let code = line.drop { $0 == " " }
            if code.hasPrefix("///") {
                isExplained = true
            } else if Self.declaresType(code) {
                if !isExplained { silent.append(String(code)) }
                isExplained = false
            } else if !code.hasPrefix("@") || code.contains("package ") {
                isExplained = false
            }
        }
        return silent
    }

    private static func declaresType(_ code: Substring) -> Bool {
        // Regular expressions are slow, and few lines need them.
        guard code.hasPrefix("package ") || code.hasPrefix("@") else { return false }
        return code.contains(#/^(@\S+ )*package (final |indirect )*(struct|class|enum|actor|protocol) \w/#)
    }
}
