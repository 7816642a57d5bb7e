import NIOCore
import Testing

@testable import DockerBridge

@Suite struct ImageFactsTests {
    @Test func whatAnImageSaysOfItself() {
        let facts = ImageFacts(
            parsing: ByteBuffer(
                string: """
                    {"Architecture":"arm64","Os":"linux","Created":"2026-01-01T00:00:00Z","RepoTags":["app:v1"],\
                    "RepoDigests":["app@sha256:d1"],"Config":{"Architecture":"x"}}
                    """
            )
        )
        #expect(facts?.architecture == "arm64")
        #expect(facts?.os == "linux")
        #expect(facts?.created == "2026-01-01T00:00:00Z")
        #expect(facts?.tags == ["app:v1"])
        #expect(facts?.digests == ["app@sha256:d1"])
    }

    @Test func whatIsEmptyOrMissingIsNotKnown() {
        let facts = ImageFacts(parsing: ByteBuffer(string: #"{"Architecture":"","RepoTags":null}"#))
        #expect(facts == ImageFacts())
    }

    @Test(arguments: ["", "{", "[]"])
    func whatIsNoDocumentIsNone(text: String) {
        #expect(ImageFacts(parsing: ByteBuffer(string: text)) == nil)
    }
}
