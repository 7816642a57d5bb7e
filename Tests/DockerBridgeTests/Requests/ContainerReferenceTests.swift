import Testing

@testable import DockerBridge

@Suite struct ContainerReferenceTests {
    @Test(arguments: [
        "a", "0", "web-1", "my_app.v2", "A.-_z", "4bca17e0e1b1c4f2", String(repeating: "a", count: 128),
    ])
    func isAnIDOrAName(text: String) {
        #expect(ContainerReference.isValid(text))
    }

    @Test(arguments: [
        "", ".", "..", "-a", "_a", ".a", "/a", "a/b", "a/../b", "a b", "a\n", "é", "a?b", "a%2fb", "a#", "a:b",
        String(repeating: "a", count: 129),
    ])
    func isNone(text: String) {
        #expect(!ContainerReference.isValid(text))
    }
}
