import Foundation
import Testing

/// The description of the agent's own routes and the routes themselves.
@Suite struct OpenAPITests {
    private static func routes(in text: String) -> Set<String> {
        let pattern = /"(\/(?:_lookout|api|health|ready|metrics)[a-z0-9{}\/_]*)"/
        return Set(text.matches(of: pattern).map { String($0.1) }.filter { !$0.hasSuffix("/") })
    }

    private static func described() throws -> Set<String> {
        let lines = try SourceTree.file("docs/openapi.yaml").text.split(separator: "\n")
        let paths = lines.drop { $0 != "paths:" }.prefix { $0 != "components:" }
        return Set(paths.filter { $0.hasPrefix("  /") }.map { $0.trimmingCharacters(in: [" ", ":"]) })
    }

    @Test func describesEveryRouteAndNoOther() throws {
        let sources = try SourceTree.files(under: "Sources/LocalServer", endingIn: ".swift")
        let served = sources.reduce(into: Set<String>()) { $0.formUnion(Self.routes(in: $1.text)) }
        #expect(try served.subtracting(Self.described()) == [], "not described")
        #expect(try Self.described().subtracting(served) == [], "not served")
    }
}
