import Testing

@Suite struct ImportLineTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let text: String
        let access: String?
        let module: String?

        var testDescription: String { self.text }
    }

    @Test(arguments: [
        Row(text: "import NIOCore", access: nil, module: "NIOCore"),
        Row(text: "package import Logging", access: "package", module: "Logging"),
        Row(text: "@preconcurrency import Foundation", access: nil, module: "Foundation"),
        Row(text: "@testable internal import Auth", access: "internal", module: "Auth"),
        Row(text: "@_spi(Inner) private import Auth", access: "private", module: "Auth"),
        Row(text: "public import struct NIOCore.ByteBuffer", access: "public", module: "NIOCore"),
        Row(text: "    import func CSodium.sodium_init", access: nil, module: "CSodium"),
        Row(text: "import  Auth // keys", access: nil, module: "Auth"),
        Row(text: "// import Auth", access: nil, module: nil),
        Row(text: "let text = \"import Auth\"", access: nil, module: nil),
        Row(text: "importer.run()", access: nil, module: nil),
    ])
    func anImportIsReadWhateverSurroundsItsName(_ row: Row) {
        let expected = row.module.map { [ImportLine(access: row.access, module: $0)] } ?? []
        #expect(ImportLine.all(in: row.text) == expected)
    }

    @Test func everyLineOfAFileIsRead() {
        let text = "import A\n\n#if canImport(B)\nimport B; import C\n#endif\nstruct D {}\n"
        #expect(ImportLine.all(in: text).map(\.module) == ["A", "B", "C"])
    }
}
